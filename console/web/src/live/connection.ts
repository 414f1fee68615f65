import { sessionEnded } from "../api/client";
import type {
  CallView,
  Desk,
  LineAgent,
  LineNews,
  Message,
  Notice,
  QueueEntry,
  Segment,
} from "./messages";

/** The whole line, for supervisors. */
export interface LineState {
  agents: ReadonlyMap<string, LineAgent>;
  calls: ReadonlyMap<string, CallView>;
  queue: readonly QueueEntry[];
}

export interface LiveState {
  /** Whether the console is reached, and the line by the console. */
  connected: boolean;
  desk: Desk | null;
  /** What is said in the agent's call, in order. */
  transcript: { callId: string; segments: readonly Segment[] } | null;
  line: LineState | null;
}

const NOTHING: LiveState = { connected: false, desk: null, transcript: null, line: null };
/** Milliseconds until the next try. */
const RETRIES = [300, 1_000, 2_000, 4_000];
const SESSION_ENDED = 4401;

/** The page's websocket to the console: comes back by itself, and then has the whole state anew. */
export class LiveConnection {
  private state = NOTHING;
  private socket: WebSocket | null = null;
  private failures = 0;
  private timer: number | undefined;
  private closed = true;
  private readonly listeners = new Set<() => void>();
  private readonly hearers = new Set<(notice: Notice) => void>();

  readonly subscribe = (listener: () => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly current = () => this.state;

  /** Notices are moments: told once, to who listens. */
  readonly hear = (hearer: (notice: Notice) => void) => {
    this.hearers.add(hearer);
    return () => {
      this.hearers.delete(hearer);
    };
  };

  open() {
    this.closed = false;
    this.connect();
  }

  close() {
    this.closed = true;
    window.clearTimeout(this.timer);
    this.socket?.close();
    this.socket = null;
  }

  private connect() {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}/api/live`);
    this.socket = socket;
    socket.onopen = () => {
      this.failures = 0;
    };
    socket.onmessage = (event) => this.take(JSON.parse(String(event.data)) as Message);
    socket.onclose = (event) => {
      if (this.socket !== socket) return;
      if (event.code === SESSION_ENDED) sessionEnded();
      this.show({ connected: false });
      if (this.closed) return;
      const wait = RETRIES[Math.min(this.failures++, RETRIES.length - 1)];
      this.timer = window.setTimeout(() => this.connect(), wait);
    };
  }

  private take(message: Message) {
    switch (message.type) {
      case "desk":
        this.show({ connected: true, desk: message });
        break;
      case "transcript":
        this.show({ transcript: joined(this.state.transcript, message.call_id, message.segments) });
        break;
      case "notice":
        this.hearers.forEach((hearer) => hearer(message));
        break;
      case "line":
        this.show(
          message.connected
            ? { connected: true, line: changed(this.state.line, message) }
            : { connected: false },
        );
        break;
    }
  }

  private show(changes: Partial<LiveState>) {
    this.state = { ...this.state, ...changes };
    this.listeners.forEach((listener) => listener());
  }
}

function joined(
  known: LiveState["transcript"],
  callId: string,
  news: readonly Segment[],
): LiveState["transcript"] {
  const byId = new Map(
    (known?.callId === callId ? known.segments : []).map((one) => [one.id, one] as const),
  );
  for (const one of news) {
    // A partial result that came to nothing.
    if (one.text === "") byId.delete(one.id);
    else byId.set(one.id, one);
  }
  const segments = [...byId.values()].sort((one, other) => one.start - other.start);
  return { callId, segments };
}

function changed(known: LineState | null, news: LineNews): LineState | null {
  if (news.full === undefined) return known;
  const before = news.full ? null : known;
  const agents = new Map(before?.agents);
  const calls = new Map(before?.calls);
  news.agents?.forEach((one) => agents.set(one.number, one));
  news.calls?.forEach((one) => calls.set(one.call_id, one));
  news.gone?.agents.forEach((key) => agents.delete(key));
  news.gone?.calls.forEach((key) => calls.delete(key));
  return { agents, calls, queue: news.queue ?? before?.queue ?? [] };
}
