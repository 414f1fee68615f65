/** What the console tells its pages over /api/live (docs/api.md, section Live). */

export interface PauseReason {
  code: string;
  label: string;
}

export interface Party {
  leg_id: string;
  role: string;
  number: string | null;
  name: string | null;
  /** away: his page is being loaded anew, or has lost its network; he may come back. */
  state: "ringing" | "talking" | "held" | "away" | "left";
}

export interface Person {
  number: string;
  name: string | null;
}

export interface CallView {
  call_id: string;
  direction: "inbound" | "outbound";
  caller_number: string | null;
  called_number: string | null;
  group: string | null;
  priority: number;
  /** Supervisors also see calls in the menu, waiting and at the survey. */
  state:
    | "menu"
    | "waiting"
    | "ringing"
    /** Somebody has answered and is not yet with the citizen. */
    | "connecting"
    | "talking"
    | "held"
    | "consulting"
    | "transferring"
    | "survey"
    | "wrap_up";
  since: string;
  started_at: string;
  answered_at: string | null;
  waited_seconds: number | null;
  parties: Party[];
  tickets: string[];
  emergency: { service: string | null; undo_until: string | null; connected: boolean } | null;
  /** Whose the caller is: the agent who registers what he says. */
  agent: Person | null;
  /** Who asks, in a consultation; only he decides what comes of it. */
  asked_by: Person | null;
  /** Who passed the caller on, or is about to (转接). */
  passed_by: Person | null;
  /** What sounded like an emergency in the caller's words, the last time. */
  danger: { service: string; words: string[]; doubt: string | null } | null;
  summons: Summons | null;
  /** A supervisor was called for in vain (上报班长). */
  referred_up: string | null;
}

/** An agent by number and name. */
export function called({ number, name }: Person): string {
  return `${number} ${name ?? ""}`.trim();
}

/** Whom an agent has rung, until he is there or not wanted any more. */
export interface Summons {
  /** Number of the agent. */
  by: string;
  purpose: "transfer" | "consult" | "three_way" | "refer_up";
  kind: "agent" | "group" | "supervisors" | "unit";
  target: string;
  name: string | null;
}

/** The citizen's number, as far as it may be seen; null: withheld. */
export function citizenOf(call: Pick<CallView, "direction" | "caller_number" | "called_number">): string | null {
  return call.direction === "inbound" ? call.caller_number : call.called_number;
}

export type AgentState = "logged_out" | "available" | "ringing" | "talking" | "wrap_up" | "paused";

export interface Desk {
  type: "desk";
  number: string;
  state: AgentState;
  since: string;
  reason: string | null;
  auto_answer: boolean;
  device: "web" | "phone" | null;
  registered: boolean | null;
  wrap_up_until: string | null;
  pause_reasons: PauseReason[];
  call: CallView | null;
}

export interface Segment {
  id: string;
  speaker: string;
  /** Seconds since the call began. */
  start: number;
  end: number;
  text: string;
  final: boolean;
  emergency: { word: string; service: string }[];
}

export interface Notice {
  type: "notice";
  level: "info" | "warning" | "error";
  code: string;
  text: string;
  call_id: string | null;
}

export interface LineAgent {
  number: string;
  name: string | null;
  role: string;
  state: AgentState;
  since: string;
  reason: string | null;
  call_id: string | null;
  skills: Record<string, number>;
}

export interface QueueEntry {
  call_id: string;
  group: string;
  since: string;
  position: number;
  priority: number;
  caller_number: string | null;
}

export interface LineNews {
  type: "line";
  connected: boolean;
  full?: boolean;
  agents?: LineAgent[];
  calls?: CallView[];
  gone?: { agents: string[]; calls: string[] };
  queue?: QueueEntry[];
  counts?: { waiting: number; calls: number; agents: Partial<Record<AgentState, number>> };
}

export interface TranscriptNews {
  type: "transcript";
  call_id: string;
  segments: Segment[];
}

export type Message = Desk | TranscriptNews | Notice | LineNews;
