import { type CallView, citizenOf } from "../../live/messages";
import { CALL_STATES, clock, PARTY_ROLES } from "../../words";
import { secondsSince } from "../desk/use-now";

/** 进行中的通话: those that want a supervisor first, then as they began. */
export function Calls({ calls, now }: { calls: readonly CallView[]; now: number }) {
  const shown = calls.filter(({ state }) => state !== "wrap_up").sort(inOrder);
  return (
    <section className="line-panel line-calls" aria-label="进行中的通话">
      <h2>进行中的通话 {shown.length}</h2>
      <ol tabIndex={0} aria-label="进行中的通话列表">
        {shown.map((call) => (
          <li key={call.call_id} className={call.referred_up === null ? undefined : "line-wanted"}>
            <span>{citizenOf(call) ?? "未知号码"}</span>
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
