import { Alert, Button, Form, Space, Typography } from "antd";
import { type FormEvent, type KeyboardEvent, useEffect, useMemo, useRef, useState } from "react";

import { api, got } from "../../api/client";
import { ApiError, spoken, textOf } from "../../api/errors";
import type { components } from "../../api/schema";
import { DraftStatus } from "../../drafts/draft-status";
import { isEmpty } from "../../drafts/merge";
import { useDraft } from "../../drafts/use-draft";
import { AMENDABLE, asksUnitContent, type Field, formOf, GRAVE } from "../../tickets/forms";
import type { Ticket } from "../../tickets/queries";
import { UrgencyHint } from "../../tickets/urgency-hint";
import { COMMANDS, FIELDS } from "../../tickets/words";
import { TICKET_STATES } from "../../words";
import { AlikeTickets } from "./alike";
import { FormField } from "./field";
import { UnitContentCheck, useUnitContent } from "./unit-content";

type Data = components["schemas"]["CommandData"];

/** Names the checkbox of the text for units; it is no field of the command. */
const UNREAD = "unit_content_read";

interface Props {
  ticket: Ticket;
  command: string;
  /** The command was done. */
  onDone: (ticket: Ticket) => void;
  onCancel: () => void;
  /** Whether the ticket's state, as it was read last, still allows the command. */
  isOffered: boolean;
  /** Somebody changed the ticket meanwhile: it is to be read again. */
  onStale: () => void;
}

/** What a command asks for; what is typed is kept as a draft until it is sent. */
export function CommandForm({ ticket, command, onDone, onCancel, isOffered, onStale }: Props) {
  const no = ticket.ticket_no ?? "";
  const draft = useDraft(`ticket:${no}:${command}`);
  const form = useMemo(() => formOf(command, ticket), [command, ticket]);
  const isForUnit = asksUnitContent(command, ticket);
  const proposal = useUnitContent(no, isForUnit);
  const [isRead, setRead] = useState(false);
  const proposed = proposal.data?.unit_content;
  const preset = useMemo(() => presets(command, ticket, proposed), [command, ticket, proposed]);
  const [error, setError] = useState<ApiError | null>(null);
  const [busy, setBusy] = useState(false);
  const box = useRef<HTMLFormElement>(null);
  const valueOf = (name: string) => draft.fields[name] ?? preset[name];

  useEffect(() => {
    box.current?.querySelector<HTMLElement>("input, textarea, button[type=submit]")?.focus();
  }, [command, no]);

  const lacks = (name: string, text: string) => {
    setError(new ApiError(422, "missing_field", name, text, null));
    focus(box.current, idOf(command, name));
  };
  const submit = async (event?: FormEvent) => {
    event?.preventDefault();
    if (busy) return;
    const empty = form.fields.find((one) => one.required && isEmpty(valueOf(one.name)));
    if (empty !== undefined) return lacks(empty.name, `请填写${empty.label}`);
    const data = dataOf(form.fields, valueOf, (name, value) => command !== "amend" || isCorrection(name, value, ticket));
    if (command === "amend") {
      const emptied = form.fields.find(({ name }) => !isEmpty(preset[name]) && isEmpty(valueOf(name)));
      if (emptied !== undefined) return lacks(emptied.name, `${emptied.label}不能改为空；不更正的请保留原来的内容`);
      if (Object.keys(data).every((name) => name === "reason")) return lacks("title", "还没有更正任何内容");
    }
    if (isForUnit && !isRead && !isEmpty(valueOf("unit_content"))) {
      setError(new ApiError(422, "unread", UNREAD, "请通读脱敏内容", null));
      focus(box.current, idOf(command, UNREAD));
      return;
    }
    setBusy(true);
    const sent = draft.fields;
    try {
      const done = got(
        await api.POST("/api/tickets/{ticket_no}/commands/{command}", {
          params: {
            path: { ticket_no: no, command },
            header: { "If-Match": `"${ticket.version ?? 0}"` },
          },
          body: data as Data,
        }),
      );
      setError(null);
      await draft.discardSent(sent);
      onDone(done);
    } catch (failure) {
      const refused = failure instanceof ApiError ? failure : new ApiError(0, "failed", null, textOf(failure), null);
      setError(refused);
      if (refused.field !== null) focus(box.current, idOf(command, refused.field));
      if (["stale_version", "wrong_state"].includes(refused.code)) onStale();
    } finally {
      setBusy(false);
    }
  };
  const pressed = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === "Enter" && event.ctrlKey) {
      event.preventDefault();
      event.stopPropagation(); // a list of options would open
      void submit();
    }
    // Escape closes an open list of options first.
    const isListOpen = event.target instanceof Element && event.target.getAttribute("aria-expanded") === "true";
    if (event.key === "Escape" && !isListOpen) {
      event.preventDefault();
      onCancel();
    }
  };
  const isUnread = error?.field === UNREAD;
  const isInForm = isUnread || form.fields.some((one) => one.name === error?.field);
  const name = COMMANDS[command] ?? command;

  return (
    <form ref={box} onSubmit={(event) => void submit(event)} onKeyDownCapture={pressed} aria-label={name} className="command-form" noValidate>
      <Form component={false} layout="vertical">
        {command === "dispatch" && <AgentsNote ticket={ticket} />}
        {form.note !== undefined && <Typography.Paragraph type="secondary">{form.note}</Typography.Paragraph>}
        {form.fields.length === 0 && <Typography.Paragraph>确定{name}？</Typography.Paragraph>}
        <div className="command-form-fields">
        {form.fields.map((field) => (
          <FormField
            key={field.name}
            field={field}
            id={idOf(command, field.name)}
            value={valueOf(field.name)}
            error={error?.field === field.name ? error.text : null}
            from={ticket.clock === "rectify" ? ticket.rectify_due : ticket.resolve_due}
            onChange={(value) => draft.edit({ [field.name]: value })}
          />
        ))}
        {command === "accept" && (
          <AlikeTickets no={no} chosen={valueOf("repeat_of")} onChoose={(repeat_of) => draft.edit({ repeat_of })} />
        )}
        {isForUnit && (
          <UnitContentCheck
            id={idOf(command, UNREAD)}
            found={proposal}
            isRead={isRead}
            isAsked={isUnread && !isRead}
            onRead={setRead}
          />
        )}
        </div>
        {command === "accept" && <UrgencyHint basis={valueOf("acceptance_basis")} urgency={ticket.urgency} />}
        {error !== null && !isInForm && <Alert showIcon type="error" title={titleOf(error, name, ticket, isOffered)} />}
        <Space wrap className="command-form-end">
          <Button
            type="primary"
            htmlType="submit"
            loading={busy}
            danger={GRAVE.has(command)}
          >
            {name}
          </Button>
          <Button onClick={onCancel}>取消</Button>
          <Typography.Text type="secondary" className="for-keys">
            {form.fields.length === 0 ? "Enter 确定，Esc 取消" : "Ctrl+Enter 提交，Esc 取消"}
          </Typography.Text>
          <DraftStatus draft={draft} names={FIELDS} />
        </Space>
      </Form>
    </form>
  );
}

/** Who changed what meanwhile is read anew already; other refusals say what to do. */
function titleOf(error: ApiError, name: string, ticket: Ticket, isOffered: boolean): string {
  if (error.code !== "stale_version") return error.text;
  if (!isOffered) {
    const state = ticket.state === undefined ? "其他环节" : `“${TICKET_STATES[ticket.state]}”`;
    return `${spoken(error.message)}。工单现在是${state}，不能再${name}；您填写的内容没有提交。`;
  }
  return `${spoken(error.message)}。您填写的内容没有丢失，核对后可以再次提交。`;
}

/** What the agent who took the call left for whoever dispatches. */
function AgentsNote({ ticket }: { ticket: Ticket }) {
  const note = agentsNote(ticket);
  const text: unknown = note?.data.comment ?? note?.data.content;
  return typeof text === "string" ? <Alert showIcon type="info" title={text} className="command-form-note" /> : null;
}

/** What stands in a form before anything is typed. */
function presets(command: string, ticket: Ticket, proposed: string | undefined): Record<string, unknown> {
  // What somebody has read and sent before is better than what the machine proposes.
  const forUnit = { unit_content: ticket.unit_content ?? proposed };
  switch (command) {
    case "dispatch":
      return {
        unit: agentsUnit(ticket) ?? suggestedUnit(ticket),
        answer_type: ticket.answer_type ?? "investigate",
        ...forUnit,
      };
    case "approve_return":
      return { unit: ticket.return_requests?.at(-1)?.suggested_unit, ...forUnit };
    case "designate_lead":
    case "special_coordination":
      return forUnit;
    case "accept":
      return {
        request_type: ticket.request_type,
        category_l2: ticket.category_l2,
        region_code: ticket.region_code,
        acceptance_basis: ticket.acceptance_basis,
        title: ticket.title,
      };
    case "amend":
      return Object.fromEntries(AMENDABLE.map((name) => [name, ticket[name]]));
    case "submit_reply":
      return { reply: ticket.handling_note, public_reply: ticket.public_reply };
    default:
      return {};
  }
}

/** Of a correction only what is different counts; why: always. */
function isCorrection(name: string, value: unknown, ticket: Ticket): boolean {
  return name === "reason" || value !== ticket[name as (typeof AMENDABLE)[number]];
}

/** The unit that the agent who took the call would send it to. */
function agentsUnit(ticket: Ticket): unknown {
  return agentsNote(ticket)?.data.suggested_unit;
}

function agentsNote(ticket: Ticket) {
  return ticket.events?.findLast(({ command, role }) => command === "add_note" && role === "agent");
}

function suggestedUnit(ticket: Ticket): unknown {
  const unit: unknown = ticket.suggestion?.unit;
  return typeof unit === "object" && unit !== null && "code" in unit ? unit.code : undefined;
}

/** The data of the command: what is empty is left out. */
function dataOf(
  fields: readonly Field[],
  valueOf: (name: string) => unknown,
  counts: (name: string, value: unknown) => boolean,
): Record<string, unknown> {
  const told = fields.map(({ name, input }): [string, unknown] => {
    const value = valueOf(name);
    return [name, name === "score" && input.kind === "choice" ? Number(value) || null : value];
  });
  return Object.fromEntries(told.filter(([name, value]) => !isEmpty(value) && counts(name, value)));
}

function idOf(command: string, name: string): string {
  return `${command}-${name}`;
}

function focus(box: HTMLElement | null, id: string) {
  const found = box?.querySelector<HTMLElement>(`#${CSS.escape(id)}`);
  (found?.matches("input, textarea") ? found : found?.querySelector<HTMLElement>("input, textarea"))?.focus();
}
