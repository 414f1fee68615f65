import { useEffect } from "react";

import { useLive } from "../live/live";
import type { Draft } from "./use-draft";

/**
 * 接手: what other agents had typed in a call comes into the draft of the agent who has it now,
 * each time that one of them has left the call; null: the draft is none of a call's first matter.
 */
export function useTakeOver(draft: Draft, callId: string | null): void {
  const { desk } = useLive();
  const parties = desk?.call?.call_id === callId ? desk.call.parties : [];
  const me = desk?.number;
  const isIn = parties.some(({ number, state }) => number === me && (state === "talking" || state === "held"));
  const gone = parties.filter(
    ({ role, number, state }) => ["agent", "supervisor"].includes(role) && number !== me && state === "left",
  );
  const whoLeft = isIn ? gone.map(({ leg_id: leg }) => leg).join(" ") : "";
  const { takeOver } = draft;
  useEffect(() => {
    if (whoLeft !== "") void takeOver();
  }, [whoLeft, takeOver]);
}
