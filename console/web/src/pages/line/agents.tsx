import { Checkbox } from "antd";
import { useState } from "react";

import type { AgentState, LineAgent } from "../../live/messages";
import { secondsSince } from "../../live/use-now";
import { AGENT_STATES, clock } from "../../words";

/** In the order of the figures above the tiles. */
const STATES: readonly AgentState[] = [
  "available",
  "ringing",
  "talking",
  "wrap_up",
  "paused",
  "logged_out",
];
/** One character for each state: colours alone are not for everybody. */
const SIGNS: Record<AgentState, string> = {
  available: "闲",
  ringing: "振",
  talking: "话",
  wrap_up: "后",
  paused: "忙",
  logged_out: "离",
};

/** So many tiles have room for names; of more the name is told where the mouse points. */
const NAMED = 100;

/** 坐席: one tile each, always at the same place; who is not there is left out unless wanted. */
export function Agents({ agents, now }: { agents: readonly LineAgent[]; now: number }) {
  const [hidden, setHidden] = useState<ReadonlySet<AgentState>>(() => new Set(["logged_out"]));
  const show = (state: AgentState, isShown: boolean) => {
    const next = new Set(hidden);
    if (isShown) next.delete(state);
    else next.add(state);
    setHidden(next);
  };
  const shown = agents
    .filter(({ state }) => !hidden.has(state))
    .sort((one, other) => one.number.localeCompare(other.number));
  const isNamed = shown.length <= NAMED;
  return (
    <section className="line-panel line-agents" aria-label="坐席">
      <h2>坐席 {agents.length}</h2>
      <div className="line-states">
        {STATES.map((state) => (
          <Checkbox
            key={state}
            checked={!hidden.has(state)}
            onChange={(event) => show(state, event.target.checked)}
          >
            <i className={`tile-sign tile-${state}`}>{SIGNS[state]}</i>
            {AGENT_STATES[state]} {agents.filter((one) => one.state === state).length}
          </Checkbox>
        ))}
      </div>
      <ul className={isNamed ? "tiles tiles-named" : "tiles"} tabIndex={0} aria-label="坐席状态">
        {shown.map((one) => (
          <Tile key={one.number} one={one} isNamed={isNamed} now={now} />
        ))}
      </ul>
    </section>
  );
}

function Tile({ one, isNamed, now }: { one: LineAgent; isNamed: boolean; now: number }) {
  const seconds = secondsSince(one.since, now);
  const what = one.reason === "no_answer" ? "振铃未接，已置忙" : AGENT_STATES[one.state];
  return (
    <li className={`tile tile-${one.state}`} title={`${one.number} ${one.name ?? ""} ${what}`}>
      <b>{isNamed && one.name ? `${one.number} ${one.name}` : one.number}</b>
      <span>
        {SIGNS[one.state]} {one.state === "logged_out" ? "" : clock(seconds)}
      </span>
    </li>
  );
}
