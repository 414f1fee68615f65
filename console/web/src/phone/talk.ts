import type { RTCSession } from "jssip/lib/RTCSession";

import { closeStream, type DeviceChoice, openMicrophone, sendTo } from "./devices";
import { countsOf, type Counts, type Quality, qualityOf } from "./quality";

/** Milliseconds without a further address, then the offer or answer is sent. */
const CANDIDATES = 200;
const MEASURE = 2_000;
const NO_ADDRESS = /^c=IN IP4 0\.0\.0\.0/m;

export type Stage = "ringing" | "connecting" | "talking";

/** A call as the page shows it. */
export interface Call {
  /** The line's id of the call; null: one that the agent made himself, to hear an echo. */
  callId: string | null;
  direction: "incoming" | "outgoing";
  number: string;
  stage: Stage;
  /** Since when it is so; milliseconds of Date.now(). */
  since: number;
  muted: boolean;
  quality: Quality | null;
}

/** One call: its session with Asterisk, the microphone and what is heard. */
export class Talk {
  call: Call;
  private microphone: MediaStream | null = null;
  private readonly sound = new Audio();
  private timer: number | undefined;
  private candidates: number | undefined;

  constructor(
    readonly session: RTCSession,
    call: Pick<Call, "callId" | "direction" | "number">,
    private readonly chosen: () => DeviceChoice,
    private readonly events: { changed: () => void; ended: () => void; deaf: () => void },
  ) {
    this.call = { ...call, stage: "ringing", since: Date.now(), muted: false, quality: null };
    session.on("accepted", () => this.show({ stage: "talking", since: Date.now() }));
    session.on("ended", () => this.end());
    session.on("failed", () => this.end());
    session.on("peerconnection", ({ peerconnection }) => this.listen(peerconnection));
    session.on("icecandidate", ({ ready }) => {
      window.clearTimeout(this.candidates);
      this.candidates = window.setTimeout(ready, CANDIDATES);
    });
    session.on("sdp", (description) => {
      // A browser that hides its addresses writes 0.0.0.0, which Asterisk takes as "on hold".
      if (description.originator.toString() === "local") {
        description.sdp = description.sdp.replace(NO_ADDRESS, "c=IN IP4 127.0.0.1");
      }
    });
    // Of a call that was made here the connection is there already.
    const connection = session.connection as RTCPeerConnection | undefined;
    if (connection) this.listen(connection);
  }

  /** A test that the agent began himself (回声测试). */
  get isEcho(): boolean {
    return this.call.direction === "outgoing";
  }

  /** Pick up (接听). Throws MicrophoneError: the call goes on ringing. */
  async answer(): Promise<void> {
    if (this.isEcho || this.call.stage !== "ringing") return;
    const mediaStream = await this.openMicrophone();
    if (!this.session.isInProgress()) {
      closeStream(mediaStream);
      return;
    }
    this.show({ stage: "connecting" });
    this.session.answer({ mediaStream, pcConfig: { iceServers: [] } });
  }

  async openMicrophone(): Promise<MediaStream> {
    this.microphone = await openMicrophone(this.chosen());
    return this.microphone;
  }

  hangUp(): void {
    if (this.session.isEnded()) return;
    const isRung = !this.isEcho && this.call.stage === "ringing";
    this.session.terminate(isRung ? { status_code: 486 } : undefined);
  }

  mute(on: boolean): void {
    if (on) this.session.mute({ audio: true });
    else this.session.unmute({ audio: true });
    this.show({ muted: on });
  }

  press(digit: string): void {
    // As telephone events in the audio stream (RFC 4733): Asterisk takes no others here.
    this.session.sendDTMF(digit, { transportType: "RFC2833" as never, duration: 120 });
  }

  /** Other devices were chosen. */
  async changeDevices(): Promise<void> {
    await sendTo(this.sound, this.chosen().speaker);
    const sender = this.connection?.getSenders().find((one) => one.track?.kind === "audio");
    if (!sender) return;
    const before = this.microphone;
    const [track] = (await this.openMicrophone()).getAudioTracks();
    if (!track) return;
    track.enabled = !this.call.muted;
    await sender.replaceTrack(track);
    closeStream(before);
  }

  /** The websocket was away and is there again: Asterisk learns where the page is now. */
  cameBack(): void {
    if (this.call.stage === "talking") this.session.renegotiate({ useUpdate: false });
  }

  private get connection(): RTCPeerConnection | undefined {
    return this.session.connection;
  }

  private listen(connection: RTCPeerConnection): void {
    connection.addEventListener("track", ({ streams, track }) => {
      this.sound.srcObject = streams[0] ?? new MediaStream([track]);
      void sendTo(this.sound, this.chosen().speaker)
        .then(() => this.sound.play())
        .catch(() => this.events.deaf());
    });
    connection.addEventListener("connectionstatechange", () => {
      // Nothing passes any more, and JsSIP would not say so: the line rings the page anew.
      if (connection.connectionState === "failed") this.session.terminate();
    });
    window.clearInterval(this.timer);
    let before: Counts | null = null;
    this.timer = window.setInterval(() => {
      void countsOf(connection).then((now) => {
        if (before !== null && this.call.stage === "talking") {
          this.show({ quality: qualityOf(before, now) });
        }
        before = now;
      });
    }, MEASURE);
  }

  /** A page that the browser kept silent may sound once the user has clicked. */
  sounds(): Promise<void> {
    return this.sound.play();
  }

  private show(changes: Partial<Call>): void {
    this.call = { ...this.call, ...changes };
    this.events.changed();
  }

  private end(): void {
    window.clearInterval(this.timer);
    window.clearTimeout(this.candidates);
    closeStream(this.microphone);
    this.sound.srcObject = null;
    this.events.ended();
  }
}
