import { Alert, Button, Dropdown, Result, Skeleton, Space, Tabs } from "antd";
import { useState } from "react";

import { textOf } from "../../api/errors";
import { PrintButtons } from "../../documents/print-buttons";
import { usePlainKeys } from "../../keys/use-plain-keys";
import { useDone } from "../../notices/done";
import { GRAVE, isHidden, NEVER_CONFLICT, sorted } from "../../tickets/forms";
import { type Ticket, useAttachments, useOffers, useRefresh, useTicket } from "../../tickets/queries";
import { COMMANDS } from "../../tickets/words";
import { SUPERVISING } from "../../session/roles";
import { hasRole, type Role, useSession } from "../../session/session";
import { AccessLog } from "./access-log";
import { CommandForm } from "./command-form";
import { Facts } from "./facts";
import { Files } from "./files";
import { TicketHeader } from "./header";
import { History } from "./history";
import { RevealCitizen } from "./reveal-citizen";
import { RingCitizen } from "./ring-citizen";
import "./ticket.css";
import { useLease } from "./use-lease";
import { Work } from "./work";

interface Props {
  no: string;
  /** After a command: the ticket as it then is. */
  onDone?: (ticket: Ticket, command: string) => void;
}

/** Who may take over what somebody else works on, as the API has it. */
const MASTERS: readonly Role[] = [...SUPERVISING, "unit_leader"];

/** So many commands have a digit. */
const DIGITS = 6;

/** States in which one first looks at what was done. */
const WORKED_ON: ReadonlySet<string> = new Set([
  "return_review",
  "reply_review",
  "supplementing",
  "sms_callback",
  "manual_callback",
  "rectifying",
  "recheck",
  "coordinating",
]);

/** A ticket with all that one may do with it. */
export function TicketView({ no, onDone }: Props) {
  const [command, setCommand] = useState<string | null>(null);
  const found = useTicket(no, command !== null);
  const offers = useOffers(no, command !== null);
  const refresh = useRefresh(no);
  const count = useAttachments(no).data?.length ?? 0;
  /** A digit that was pressed before the commands were known. */
  const [early, setEarly] = useState<number | null>(null);
  const isWorking = command !== null && !NEVER_CONFLICT.has(command);
  const { refused, takeOver } = useLease(no, isWorking, found.data?.version);

  const { user } = useSession();
  const sayDone = useDone();
  const commands = (offers.data ?? []).map((one) => one.command);
  const names = found.data === undefined ? [] : sorted(commands, found.data, user.unit);
  const usual = names.slice(0, DIGITS);
  const rest = names.slice(DIGITS);
  const isKnown = found.data !== undefined && offers.data !== undefined;
  if (isKnown && early !== null) {
    setEarly(null);
    setCommand(usual[early] ?? null);
  }
  const hasKeys = usePlainKeys(
    Object.fromEntries(
      Array.from({ length: isKnown ? usual.length : DIGITS }, (_, place) => [
        String(place + 1),
        () => (isKnown ? setCommand(usual[place] ?? null) : setEarly(place)),
      ]),
    ),
  );

  if (found.isPending) return <Skeleton active />;
  if (found.isError) return <Result status="warning" title={textOf(found.error)} />;
  const ticket = found.data;
  const done = (changed: Ticket, name: string) => {
    sayDone(`${no} 已${COMMANDS[name] ?? "办理"}`);
    setCommand(null);
    void refresh();
    onDone?.(changed, name);
  };

  return (
    <article className="ticket" aria-label={`工单${no}`}>
      <TicketHeader ticket={ticket} />
      <p className="ticket-said">{ticket.content ?? "（没有内容）"}</p>
      <Space wrap size={8} className="ticket-commands" role="toolbar" aria-label="办理">
        {usual.map((name, place) => (
          <Button
            key={name}
            type={name === command ? "primary" : "default"}
            danger={GRAVE.has(name)}
            aria-keyshortcuts={hasKeys ? String(place + 1) : undefined}
            onClick={() => setCommand(name)}
          >
            {hasKeys && <kbd aria-hidden className="for-keys">{place + 1}</kbd>} {COMMANDS[name] ?? name}
          </Button>
        ))}
        {rest.length > 0 && (
          <Dropdown
            trigger={["click"]}
            menu={{
              items: rest.map((name) => ({ key: name, label: COMMANDS[name] ?? name })),
              onClick: ({ key }) => setCommand(key),
            }}
          >
            <Button>更多操作</Button>
          </Dropdown>
        )}
        <RingCitizen ticket={ticket} />
        <PrintButtons ticketNo={no} />
        <RevealCitizen ticket={ticket} />
        <AccessLog ticket={ticket} />
      </Space>
      {command !== null && (
        <>
          {isWorking && refused !== null && (
            <Alert
              showIcon
              type="warning"
              title={refused}
              action={hasRole(user, MASTERS) ? <Button onClick={takeOver}>接手</Button> : undefined}
            />
          )}
          <CommandForm
            key={`${no}-${command}`}
            ticket={ticket}
            command={command}
            onDone={(changed) => done(changed, command)}
            onCancel={() => setCommand(null)}
            isOffered={commands.includes(command)}
            onStale={() => void refresh()}
          />
        </>
      )}
      <Tabs
        key={ticket.state}
        defaultActiveKey={WORKED_ON.has(ticket.state ?? "") ? "work" : "facts"}
        items={[
          { key: "facts", label: "诉求", children: <Facts ticket={ticket} /> },
          { key: "work", label: "办理", children: <Work ticket={ticket} /> },
          { key: "files", label: count === 0 ? "附件" : `附件（${count}）`, children: <Files no={no} isHidden={isHidden(ticket)} /> },
          { key: "history", label: "流水", children: <History ticket={ticket} /> },
        ]}
      />
    </article>
  );
}
