import type { Socket, UA } from "jssip";
import type { IncomingRTCSessionEvent, RTCSessionEvent } from "jssip/lib/UA";

import { type DeviceChoice, MicrophoneError, openMicrophone, USUAL_DEVICES } from "./devices";
import { RingTone } from "./ring-tone";
import { type Call, Talk } from "./talk";

/** How the page registers: the answer of POST /api/desk/phone. */
export interface Credentials {
  uri: string;
  username: string;
  password: string;
  ws_path: string;
  /** What one dials to hear oneself. */
  echo: string;
}

/**
 * On what grounds a page wants the phone. new: nobody else has it · renew: what it had does not work
 * any more · take: the agent wants it here, though another page of his has it.
 */
export type Claim = "new" | "renew" | "take";

/** What the softphone wants of the page around it. */
export interface Surroundings {
  /**
   * Credentials for this page. Throws Elsewhere where another page has the phone, SessionEnded
   * where nobody is signed in.
   */
  credentials: (page: string, claim: Claim) => Promise<Credentials>;
}

export class Elsewhere extends Error {}
export class SessionEnded extends Error {}

/**
 * off: not wanted · connecting: on the way, also after the network was lost · registered: can be
 * rung · elsewhere: another page of the agent has the phone · ended: nobody is signed in.
 */
export type Registration = "off" | "connecting" | "registered" | "elsewhere" | "ended";

export interface PhoneState {
  registration: Registration;
  call: Call | null;
  /** What hinders, in words for people. */
  problem: string | null;
}

const OFF: PhoneState = { registration: "off", call: null, problem: null };
/** Close codes of the console (docs/api.md). */
const SESSION_ENDED = 4401;
const ELSEWHERE = 4409;
/** Connections that failed in a row, then the credentials are asked for anew. */
const FAILURES = 3;
/** Milliseconds until the credentials are asked for again. */
const RETRIES = [1_000, 2_000, 4_000, 8_000];

/** The softphone of this page (网页话机): registers, rings, talks; comes back by itself. */
export class Softphone {
  private state = OFF;
  private readonly listeners = new Set<() => void>();
  /** Each loading of the page is another one: so the line tells a reload from a lost network. */
  private readonly page = crypto.randomUUID();
  private readonly ringTone = new RingTone();
  private devices = USUAL_DEVICES;
  private echo = "";
  private agent: UA | null = null;
  private socket: Socket | null = null;
  private talk: Talk | null = null;
  private wanted = 0;
  private failures = 0;
  private retries = 0;
  private attempt = 0;
  private wasAway = false;
  private timer: number | undefined;

  constructor(private readonly surroundings: Surroundings) {}

  readonly subscribe = (listener: () => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly current = () => this.state;

  /** Somebody needs the phone from now on; what is given back ends that. */
  readonly hold = () => {
    this.wanted += 1;
    if (this.state.registration === "off") void this.register("new");
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.wanted -= 1;
      if (this.wanted === 0) this.stop();
    };
  };

  /** Take the phone back from another page. */
  readonly takeOver = () => this.again("take");

  /** Somebody is signed in again. */
  readonly signedIn = () => {
    if (this.state.registration === "ended") this.again("new");
  };

  private again(claim: Claim) {
    if (this.wanted === 0) return;
    this.disconnect();
    void this.register(claim);
  }

  /** Waits until the phone can be rung; throws an error with what hinders. */
  readonly registered = (seconds = 10): Promise<void> =>
    new Promise((done, failed) => {
      const look = () => {
        const { registration, problem } = this.state;
        if (registration === "registered") finish(done);
        else if (registration === "elsewhere" || registration === "ended") {
          finish(() => failed(new Error(problem ?? "网页话机没有登记")));
        }
      };
      const leave = this.subscribe(look);
      const timer = window.setTimeout(
        () => finish(() => failed(new Error(this.state.problem ?? "网页话机连不上线路，请稍后再试"))),
        seconds * 1000,
      );
      const finish = (tell: () => void) => {
        window.clearTimeout(timer);
        leave();
        tell();
      };
      look();
    });

  readonly answer = async () => {
    this.ringTone.stop();
    try {
      await this.talk?.answer();
    } catch (error) {
      this.fail(error);
    }
  };

  /** Call the line's echo (回声测试). */
  readonly dialEcho = () => this.dial(this.echo);

  readonly endEcho = () => {
    if (this.talk?.isEcho) this.talk.hangUp();
  };

  readonly mute = (on: boolean) => this.talk?.mute(on);
  readonly press = (digit: string) => this.talk?.press(digit);

  private async dial(number: string) {
    if (this.agent === null || this.talk !== null) return;
    const agent = this.agent;
    try {
      const mediaStream = await openMicrophone(this.devices);
      const session = agent.call(`sip:${number}@hotline`, {
        mediaStream,
        pcConfig: { iceServers: [] },
      });
      this.begin(new Talk(session, { callId: null, direction: "outgoing", number }, () => this.devices, this.events));
    } catch (error) {
      this.fail(error);
    }
  }

  readonly choose = (devices: DeviceChoice) => {
    this.devices = devices;
    void this.talk?.changeDevices().catch((error: unknown) => this.fail(error));
  };

  readonly chosen = () => this.devices;

  /** The ring tone, once. */
  readonly tryRingTone = () => this.ringTone.play(this.devices);

  // Registration

  private async register(claim: Claim): Promise<void> {
    this.show({ registration: "connecting", problem: null });
    window.clearTimeout(this.timer);
    const attempt = ++this.attempt;
    try {
      const told = await this.surroundings.credentials(this.page, claim);
      if (attempt !== this.attempt) return;
      this.failures = 0;
      this.echo = told.echo;
      if (this.agent === null) await this.connect(told);
      else {
        this.agent.set("password", told.password);
        this.agent.register();
      }
    } catch (error) {
      if (attempt !== this.attempt) return;
      if (error instanceof Elsewhere) this.lost("elsewhere", error.message);
      else if (error instanceof SessionEnded) this.lost("ended", error.message);
      else {
        this.show({ problem: error instanceof Error ? error.message : "网页话机暂时不能登录" });
        this.later(claim);
      }
    }
  }

  private later(claim: Claim): void {
    const wait = RETRIES[Math.min(this.retries++, RETRIES.length - 1)];
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.register(claim), wait);
  }

  private async connect(told: Credentials): Promise<void> {
    const attempt = this.attempt;
    const { UA, WebSocketInterface } = await import("jssip");
    if (attempt !== this.attempt) return;
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocketInterface(`${scheme}://${location.host}${told.ws_path}`);
    const agent = new UA({
      sockets: [socket],
      uri: told.uri,
      authorization_user: told.username,
      password: told.password,
      register_expires: 120,
      connection_recovery_min_interval: 1,
      connection_recovery_max_interval: 8,
      user_agent: "hotline-page",
    });
    this.agent = agent;
    this.socket = socket;
    // A former one that is still saying goodbye has no say.
    const isCurrent = () => this.agent === agent;
    agent.on("connected", () => (this.failures = 0));
    agent.on("disconnected", ({ code }) => isCurrent() && this.disconnected(code));
    agent.on("registered", () => {
      if (!isCurrent()) return;
      this.retries = 0;
      this.show({ registration: "registered", problem: null });
      if (this.wasAway) this.talk?.cameBack();
      this.wasAway = false;
    });
    agent.on("registrationFailed", ({ response }) => {
      // A new Asterisk knows no passwords; one that refuses again and again is asked less often.
      if (isCurrent() && response) this.later("renew");
    });
    agent.on("newRTCSession", (event: RTCSessionEvent) => {
      const isRung = event.originator.toString() === "remote";
      if (isCurrent() && isRung) this.rung(event as IncomingRTCSessionEvent);
    });
    agent.start();
  }

  private disconnected(code: number | undefined): void {
    if (code === ELSEWHERE) this.lost("elsewhere", "您的网页话机已在另一个页面登录");
    else if (code === SESSION_ENDED) this.lost("ended", "登录已失效，请重新登录");
    else if (this.agent !== null) {
      this.wasAway = true;
      this.show({ registration: "connecting", problem: "与线路的连接中断，正在恢复" });
      if (++this.failures === FAILURES) void this.register("renew");
    }
  }

  private lost(registration: Registration, problem: string): void {
    this.disconnect();
    this.show({ registration, problem });
  }

  private stop(): void {
    this.disconnect();
    this.show({ registration: "off", problem: null });
  }

  private disconnect(): void {
    this.attempt += 1;
    window.clearTimeout(this.timer);
    const { agent, socket } = this;
    this.agent = this.socket = null;
    agent?.stop();
    // Not seconds later, when the next one may be there.
    socket?.disconnect();
    this.wasAway = false;
  }

  // Calls

  private rung({ session, request }: IncomingRTCSessionEvent): void {
    const callId = (request.getHeader("X-Call-Id") as string | undefined) ?? null;
    const answersItself = request.getHeader("Answer-Mode") === "Auto";
    const former = this.talk;
    const isSame = answersItself && former?.call.callId === callId;
    if (former !== null && !former.isEcho && !isSame) {
      session.terminate({ status_code: 486 });
      return;
    }
    const number = request.from.uri.user;
    this.begin(new Talk(session, { callId, direction: "incoming", number }, () => this.devices, this.events));
    // A test gives way; the same call once more: what the page had of it is broken.
    former?.hangUp();
    if (answersItself) {
      void this.ringTone.beep(this.devices);
      void this.answer();
    } else {
      this.ringTone.start(this.devices);
    }
  }

  private begin(talk: Talk): void {
    this.talk = talk;
    this.changed();
  }

  private readonly events = {
    changed: () => this.changed(),
    ended: () => {
      if (this.talk?.session.isEnded()) {
        this.ringTone.stop();
        this.talk = null;
      }
      this.changed();
    },
    deaf: () => {
      this.show({ problem: "浏览器不让本页面出声，请在页面上点一下" });
      const sound = () => void this.talk?.sounds().then(() => this.show({ problem: null }));
      window.addEventListener("pointerdown", sound, { once: true });
    },
  };

  private changed(): void {
    const call = this.talk?.call ?? null;
    if (call?.stage !== "ringing") this.ringTone.stop();
    this.show({ call });
  }

  private fail(error: unknown): void {
    const isKnown = error instanceof MicrophoneError;
    this.show({ problem: isKnown ? error.message : "通话没有接通，请再试一次" });
  }

  private show(changes: Partial<PhoneState>): void {
    this.state = { ...this.state, ...changes };
    this.listeners.forEach((listener) => listener());
  }
}
