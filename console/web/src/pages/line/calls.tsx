import type { MouseEvent } from "react";
import { Link, useNavigate } from "react-router";

import { type CallView, citizenOf } from "../../live/messages";
import { secondsSince } from "../../live/use-now";
import { opensRow } from "../../tickets/row-click";
import { CALL_STATES, clock, PARTY_ROLES } from "../../words";

/** 进行中的通话: those that want a supervisor first, then as they began. */
export function Calls({ calls, now }: { calls: readonly CallView[]; now: number }) {
  const navigate = useNavigate();
  const shown = calls.filter(isRunning).sort(inOrder);
  return (
    <section className="line-panel line-calls" aria-label="进行中的通话">
      <h2>进行中的通话 {shown.length}</h2>
      <ol tabIndex={0} aria-label="进行中的通话列表">
        {shown.map((call) => (
          <li
            key={call.call_id}
            className={call.referred_up === null ? undefined : "line-wanted"}
            onClick={(event: MouseEvent<HTMLElement>) => {
              if (opensRow(event)) void navigate(placeOf(call));
            }}
          >
            <Link to={placeOf(call)} title={call.tickets.length > 0 ? "打开工单" : "打开通话"}>
              {citizenOf(call) ?? "未知号码"}
            </Link>
            <span className="line-with">{helpersOf(call)}</span>
            <span>
              {call.referred_up !== null && <b className="line-tag">上报班长</b>}
              {call.emergency !== null && <b className="line-tag">紧急 {call.emergency.service}</b>}
              {CALL_STATES[call.state]}
            </span>
            <span className="line-clock">{clock(secondsSince(call.since, now))}</span>
          </li>
        ))}
      </ol>
      {shown.length === 0 && <p className="line-nothing">没有进行中的通话</p>}
    </section>
  );
}

/** Somebody talks, or is about to: who waits stands in the queue, and after a call nobody is there. */
export function isRunning({ state }: CallView): boolean {
  return state !== "wrap_up" && state !== "waiting";
}

/** Where one reads on: its newest ticket, else the call. */
function placeOf({ call_id, tickets }: CallView): string {
  const no = tickets.at(-1);
  return no === undefined ? `/calls?call=${encodeURIComponent(call_id)}` : `/tickets/${no}`;
}

function inOrder(one: CallView, other: CallView): number {
  const wanted = Number(other.referred_up !== null) - Number(one.referred_up !== null);
  return wanted || one.started_at.localeCompare(other.started_at);
}

/** Who talks with the citizen, or is rung. */
function helpersOf(call: CallView): string {
  return call.parties
    .filter(({ role, state }) => role !== "caller" && state !== "left")
    .map(({ role, number, name }) =>
      role === "agent" || role === "supervisor"
        ? `${number ?? ""} ${name ?? ""}`.trim()
        : (name ?? `${PARTY_ROLES[role] ?? role} ${number ?? ""}`.trim()),
    )
    .join("、");
}
