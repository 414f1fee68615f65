import { useEffect } from "react";

import { useLive } from "../live/live";
import type { Draft } from "./use-draft";

/**
 * 接手: what other agents had typed in a call comes into the draft of the agent who has it now,
 * each time that one of them has left the call; null: the draft is none of a call's first matter.
 *
 * Who only loads his page anew has not left, and keeps what he typed.
 */
export function useTakeOver(draft: Draft, callId: string | null): void {
  const { desk } = useLive();
  const parties = desk?.call?.call_id === callId ? desk.call.parties : [];
  const me = desk?.number;
  const agents = parties.filter(({ role }) => role === "agent" || role === "supervisor");
  const isThere = (who: string | null) =>
    agents.some(({ number, state }) => number === who && ["talking", "held", "away"].includes(state));
  const gone = agents.filter(({ number }) => number !== me && !isThere(number));
  const whoLeft = isThere(me ?? null)
    ? gone
        .filter(({ state }) => state === "left")
        .map(({ leg_id: leg }) => leg)
        .join(" ")
    : "";
  const { takeOver } = draft;
  useEffect(() => {
    if (whoLeft === "") return;
    const over = new AbortController();
    void takeOver(over.signal);
    return () => over.abort();
  }, [whoLeft, takeOver]);
}
