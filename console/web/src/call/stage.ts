import type { CallView } from "../live/messages";

/** Whether the agent talks with the citizen, or with somebody whom he asks meanwhile. */
export function isInTalk(call: CallView | null): boolean {
  return call !== null && ["talking", "held", "consulting"].includes(call.state);
}

/** Whether it was answered and the talk is about to begin: the line's own word comes a moment after the phone's. */
export function isComing(call: CallView | null, isAnswered: boolean): boolean {
  return call?.state === "connecting" || (call?.state === "ringing" && isAnswered);
}
