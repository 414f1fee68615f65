import { useQuery } from "@tanstack/react-query";
import { Alert, Button, Checkbox, Select, Space, Typography } from "antd";
import { type ReactNode, useCallback, useImperativeHandle, useRef, useState, type Ref } from "react";
import { Link } from "react-router";

import { api, got } from "../../api/client";
import { ApiError, textOf } from "../../api/errors";
import { DraftStatus } from "../../drafts/draft-status";
import { useDraft } from "../../drafts/use-draft";
import { useTakeOver } from "../../drafts/use-take-over";
import type { Segment } from "../../live/messages";
import { type Ticket, useCategories } from "../../tickets/queries";
import { RunningClocks } from "../../tickets/running-clocks";
import { UrgencyHint } from "../../tickets/urgency-hint";
import { BASES } from "../../tickets/words";
import { TICKET_STATES, type State } from "../../words";
import { draftKey, type Filed, file, type Matter } from "./filing";
import { HeatHint } from "./heat-hint";
import { PhraseArea } from "./phrase-area";
import { type Option, Picker } from "./picker";
import { repeating } from "./repeat";
import { type PlaceOption, searchCategories, searchPlaces, searchRegions, searchUnits } from "./searches";
import { others, useSuggestion } from "./suggestion";
import {
  CHOSEN,
  chosen,
  type Chosen,
  LABELS,
  missing,
  standing,
  suggested,
  ticketData,
  TYPE_OPTIONS,
  URGENCY_OPTIONS,
} from "./values";

/** What is wrong with the form; `sameAs`: the call's ticket that says the same. */
interface Fault {
  field: string | null;
  text: string;
  isLack?: boolean;
  sameAs?: string;
}

/** What other parts of the desk may do with the form. */
export interface TicketFormHandle {
  focus: () => void;
  file: () => void;
  /** Fills fields as the user asked: a plate, an answer from the knowledge base. */
  fill: (fields: Record<string, unknown>) => void;
  suggestedUnit: () => Option | null;
  /** 重复投诉: the matter was reported with that ticket before. */
  repeat: (ticket: Ticket) => void;
}

/** 登记工单 while talking: suggestions stand in the fields until the agent decides. */
export function TicketForm({
  matter,
  tickets,
  number,
  segments,
  onFiled,
  formRef,
  children,
}: {
  matter: Matter;
  /** The call's tickets; the draft that the line made is among them, if it could make one. */
  tickets: readonly string[];
  number: string | null;
  segments: readonly Segment[];
  onFiled: (filed: Filed) => void;
  formRef: Ref<TicketFormHandle>;
  /** Beside the button that files it. */
  children?: ReactNode;
}) {
  const draft = useDraft(draftKey(matter));
  useTakeOver(draft, matter.after === null ? matter.callId : null);
  const { shown: suggestion, now: suggestedNow } = useSuggestion(draft.text("content"), segments);
  const [error, setError] = useState<Fault | null>(null);
  const [busy, setBusy] = useState(false);
  const content = useRef<HTMLTextAreaElement>(null);
  const inputs = useRef(new Map<string, HTMLInputElement>());
  const regions = useQuery({
    queryKey: ["regions"],
    queryFn: async () => got(await api.GET("/api/regions")),
    staleTime: Infinity,
  });
  const regionOptions: Option[] = (regions.data ?? []).map(({ code, name }) => ({ value: code, label: name }));
  const categories = useCategories();
  /** The ticket of a first try that did not come to its end. */
  const begun = draft.text("ticket_no");
  const isAnswer = typeof draft.fields.answer === "string";
  // The number that calls is the one to be called, unless the citizen wants another.
  const phone = draft.fields.contact_phone === undefined ? (number ?? "") : draft.text("contact_phone");
  const known = { ...draft.fields, contact_phone: phone.includes("*") ? "" : phone };

  const focus = useCallback((name: string) => {
    if (name === "content") content.current?.focus();
    else inputs.current.get(name)?.focus();
  }, []);
  const fail = useCallback(
    (field: string | null, text: string, sameAs?: string) => {
      // The API names a field as its document does.
      const name = field === null ? undefined : LABELS[field];
      setError({ field, text: field === null || name === undefined ? text : text.replaceAll(field, name), sameAs });
      if (field !== null) focus(field);
    },
    [focus],
  );

  /** A field that shows something else than what would be filed: letters that were typed, or
   *  nothing, but no choice. An address is taken as it is typed. */
  const undecided = () =>
    CHOSEN.find((name) => {
      const input = inputs.current.get(name);
      const taken = standing(draft.fields, suggestion, name)?.label ?? "";
      return name !== "address_text" && input !== undefined && input.value !== taken;
    });
  const submit = async (isAnother = false) => {
    if (busy) return;
    const open = undecided();
    if (open !== undefined) return fail(open, `${LABELS[open]}还没有选定，请按回车选定，或按 Esc 恢复原来的内容`);
    const sent = draft.fields;
    const data = ticketData(known, suggestion);
    const lacking = missing(data);
    if (lacking !== null) {
      setError({ ...lacking, isLack: true });
      return focus(lacking.field);
    }
    if (isAnswer && !draft.text("knowledge_ref")) return fail("knowledge_ref", "请填写答复依据");
    setBusy(true);
    setError(null);
    try {
      const filed = await file({
        begun: begun || null,
        onBegun: (ticket_no) => draft.edit({ ticket_no }),
        tickets,
        matter,
        data,
        isAnother,
        unit: standing(draft.fields, await suggestedNow(), "unit"),
        answerType: data.request_type === "consult" ? "direct" : "investigate",
        answer: isAnswer
          ? { text: draft.text("answer"), reference: draft.text("knowledge_ref") }
          : null,
      });
      await draft.discardSent({ ...sent, ticket_no: filed.ticketNo });
      onFiled(filed);
    } catch (failure) {
      const isSame = failure instanceof ApiError && failure.code === "same_matter";
      const sameAs = isSame ? String(failure.more.ticket_no) : undefined;
      fail(failure instanceof ApiError ? failure.field : null, textOf(failure), sameAs);
    } finally {
      setBusy(false);
    }
  };

  useImperativeHandle(formRef, () => ({
    focus: () => content.current?.focus(),
    file: () => void submit(),
    fill: (fields) => {
      // What stands in a text box stays; more comes below it.
      const below = (name: string, more: unknown) =>
        typeof more === "string" ? { [name]: [draft.text(name), more].filter(Boolean).join("\n") } : {};
      draft.edit({ ...fields, ...below("content", fields.content), ...below("answer", fields.answer) });
      setError(null);
    },
    repeat: (ticket) => {
      draft.edit(repeating(draft.fields, ticket, { regions: regionOptions, categories }));
      setError(null);
      content.current?.focus();
    },
    suggestedUnit: () => standing(draft.fields, suggestion, "unit"),
  }));

  
  const order = [...CHOSEN, "contact_phone", "requester_name"];
  const next = (name: string) => focus(order[order.indexOf(name) + 1] ?? "requester_name");
  const searches: Record<Chosen, (typed: string) => Promise<readonly Option[]> | readonly Option[]> = {
    request_type: (typed) => fitting(TYPE_OPTIONS, typed),
    category_l2: searchCategories,
    region_code: searchRegions,
    address_text: searchPlaces,
    unit: searchUnits,
    urgency: (typed) => fitting(URGENCY_OPTIONS, typed),
  };
  const listed: Partial<Record<Chosen, readonly Option[]>> = {
    request_type: TYPE_OPTIONS,
    category_l2: others(suggestion?.category_l2),
    region_code: regionOptions,
    address_text: others(suggestion?.place),
    unit: others(suggestion?.unit),
    urgency: URGENCY_OPTIONS,
  };
  const data = ticketData(known, suggestion);
  // What was lacking and came meanwhile, by hand or as a suggestion, is no fault any more.
  const isMended = error?.isLack === true && missing(data)?.field !== error.field;
  const shownError = isMended ? null : error;
  const errorAt = (name: string) =>
    shownError?.field === name && shownError.sameAs === undefined ? shownError.text : undefined;

  return (
    <form
      aria-label="登记工单"
      className="ticket-form"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      {draft.text("repeat_of") !== "" && (
        <Alert
          showIcon
          type="info"
          title={`重复投诉，原工单 ${draft.text("repeat_of")}`}
          action={
            <Button size="small" onClick={() => draft.edit({ repeat_of: null })}>
              不是重复
            </Button>
          }
        />
      )}
      <PhraseArea
        label="诉求内容"
        rows={isAnswer ? 4 : 6}
        areaRef={content}
        value={draft.text("content")}
        onChange={(text) => draft.edit({ content: text })}
      />
      {errorAt("content") && <div className="picker-error">{errorAt("content")}</div>}
      {isAnswer && (
        <Answer draft={draft} error={errorAt("knowledge_ref")}>
          <Button size="small" onClick={() => draft.edit({ answer: null, knowledge_ref: null })}>
            不直接答复
          </Button>
        </Answer>
      )}
      <div className="ticket-fields">
        {CHOSEN.map((name) => (
          <Picker
            key={name}
            label={LABELS[name] ?? name}
            value={chosen(draft.fields, name)}
            suggestion={suggested(suggestion, name)}
            candidates={listed[name]}
            onType={
              name === "address_text"
                ? (text) => draft.edit({ address_text: text === "" ? null : { value: text, label: text } })
                : undefined
            }
            search={searches[name]}
            onChoose={(option) => {
              draft.edit(picked(name, option, chosen(draft.fields, "region_code")));
              if (error?.field === name) setError(null);
            }}
            onDone={() => next(name)}
            error={errorAt(name)}
            inputRef={(input) => {
              if (input) inputs.current.set(name, input);
            }}
          />
        ))}
        <TextField
          name="contact_phone"
          value={phone}
          inputs={inputs}
          error={errorAt("contact_phone")}
          onChange={(value) => draft.edit({ contact_phone: value })}
          onDone={() => next("contact_phone")}
        />
        <TextField
          name="requester_name"
          value={draft.text("requester_name")}
          inputs={inputs}
          error={errorAt("requester_name")}
          onChange={(value) => draft.edit({ requester_name: value })}
          onDone={() => next("requester_name")}
        />
      </div>
      <Space size={16} className="ticket-more">
        <Checkbox
          checked={draft.fields.confidential === true}
          onChange={(event) => draft.edit({ confidential: event.target.checked })}
        >
          对承办单位保密
        </Checkbox>
        <label>
          受理依据{" "}
          <Select
            size="small"
            aria-label="受理依据"
            value={data.acceptance_basis ?? undefined}
            onChange={(value: string) => draft.edit({ acceptance_basis: value })}
            options={Object.entries(BASES).map(([value, label]) => ({ value, label }))}
            popupMatchSelectWidth={false}
            style={{ width: 250 }}
          />
        </label>
      </Space>
      <div className="ticket-notes">
        <DraftStatus draft={draft} names={LABELS} />
        <UrgencyHint basis={data.acceptance_basis} urgency={data.urgency} />
      </div>
      <div className="ticket-end">
        {/* The focus stays: a click does not silently take back what is typed in a picker. */}
        <Button
          type="primary"
          htmlType="submit"
          loading={busy}
          block
          onMouseDown={(event) => event.preventDefault()}
        >
          {isAnswer ? "登记并直接答复" : "登记并派单"} <kbd>Ctrl+Enter</kbd>
        </Button>
        {children}
      </div>
      {shownError !== null && shownError.sameAs === undefined && (
        <Alert
          showIcon
          type="error"
          title={shownError.text}
          action={begun !== "" && <Link to={`/tickets/${begun}`}>查看工单</Link>}
        />
      )}
      {shownError?.sameAs !== undefined && (
        <Alert
          showIcon
          type="warning"
          title={shownError.text}
          action={
            <Space orientation="vertical">
              <Link to={`/tickets/${shownError.sameAs}`}>查看原工单</Link>
              <Button size="small" loading={busy} onClick={() => void submit(true)}>
                确是另一件，登记
              </Button>
            </Space>
          }
        />
      )}
      <HeatHint
        category={standing(draft.fields, suggestion, "category_l2")?.value ?? null}
        region={standing(draft.fields, suggestion, "region_code")?.value ?? null}
      />
    </form>
  );
}

/** A place brings its region, unless the agent has chosen one. */
function picked(name: Chosen, option: Option, region: Option | null): Record<string, unknown> {
  const { value, label } = option;
  if (name !== "address_text" || !("region" in option)) return { [name]: { value, label } };
  const { more, region: itsOwn } = option as PlaceOption;
  const address = { value, label: [more, label].filter(Boolean).join(" ") };
  return { address_text: address, region_code: region ?? itsOwn };
}

function fitting(options: readonly Option[], typed: string): readonly Option[] {
  const byPlace = options[Number(typed) - 1];
  if (/^[1-9]$/.test(typed)) return byPlace === undefined ? [] : [byPlace];
  return options.filter((one) => one.label.includes(typed));
}

function TextField({
  name,
  value,
  inputs,
  error,
  onChange,
  onDone,
}: {
  name: string;
  value: string;
  inputs: { current: Map<string, HTMLInputElement> };
  error: string | undefined;
  onChange: (value: string) => void;
  onDone: () => void;
}) {
  const id = `desk-${name}`;
  return (
    <div className="picker field">
      <label htmlFor={id}>{LABELS[name]}</label>
      <input
        id={id}
        ref={(input) => {
          if (input) inputs.current.set(name, input);
        }}
        value={value}
        maxLength={200}
        autoComplete="off"
        aria-invalid={error !== undefined}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || event.ctrlKey || event.nativeEvent.isComposing) return;
          event.preventDefault();
          onDone();
        }}
      />
      {error !== undefined && <div className="picker-error">{error}</div>}
    </div>
  );
}

function Answer({
  draft,
  error,
  children,
}: {
  draft: ReturnType<typeof useDraft>;
  error: string | undefined;
  children: ReactNode;
}) {
  return (
    <div className="answer">
      <PhraseArea
        label={`答复内容（依据 ${draft.text("knowledge_ref")}）`}
        rows={4}
        value={draft.text("answer")}
        onChange={(text) => draft.edit({ answer: text })}
      />
      {error !== undefined && <div className="picker-error">{error}</div>}
      {children}
    </div>
  );
}

/** 已登记: what is told to the citizen. */
export function FiledNote({ filed, onClose }: { filed: Filed; onClose: () => void }) {
  return (
    <Alert
      showIcon
      closable={{ onClose }}
      type={filed.left === null ? "success" : "info"}
      title={
        <>
          已登记 {filed.ticketNo}，{TICKET_STATES[filed.state as State]}
          {filed.left === null ? "" : `：由派单审核员派单（${filed.left}）`}
        </>
      }
      description={
        <>
          {filed.queryCode !== null && (
            <div>
              查询码{" "}
              <Typography.Text strong className="query-code">
                {filed.queryCode.replace(/(....)/, "$1 ")}
              </Typography.Text>
              ，请读给来电人
            </div>
          )}
          <RunningClocks ticketNo={filed.ticketNo} />
        </>
      }
    />
  );
}
