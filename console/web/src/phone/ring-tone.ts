import { type DeviceChoice, sendTo } from "./devices";

/** Two notes, twice, and a pause: heard in a busy room, and bearable a hundred times a day. */
const NOTES = [
  [0, 660],
  [0.18, 880],
  [0.5, 660],
  [0.68, 880],
] as const;
const NOTE_SECONDS = 0.16;
const PERIOD = 3_000;

/** The ring tone, made here and now; no file. */
export class RingTone {
  private context: AudioContext | null = null;
  private output: HTMLAudioElement | null = null;
  private gain: GainNode | null = null;
  private timer: number | undefined;

  start(chosen: DeviceChoice): void {
    if (this.timer !== undefined) return;
    void this.play(chosen);
    this.timer = window.setInterval(() => void this.play(chosen), PERIOD);
  }

  stop(): void {
    window.clearInterval(this.timer);
    this.timer = undefined;
  }

  /** Once: for the one who chooses a device. */
  async play(chosen: DeviceChoice): Promise<void> {
    await this.chord(chosen, NOTES);
  }

  /** A short sign that the line is open: a call that answers by itself. */
  async beep(chosen: DeviceChoice): Promise<void> {
    await this.chord({ ...chosen, ringer: chosen.speaker }, [[0, 880]]);
  }

  private async chord(chosen: DeviceChoice, notes: readonly (readonly [number, number])[]) {
    const { context, gain, output } = this.open();
    // Without a click of the user a browser may refuse; the page shows the call all the same.
    await Promise.allSettled([context.resume(), sendTo(output, chosen.ringer), output.play()]);
    gain.gain.value = (chosen.ringVolume / 100) ** 2 * 0.6;
    for (const [at, frequency] of notes) {
      const note = new OscillatorNode(context, { frequency, type: "triangle" });
      const shape = new GainNode(context, { gain: 0 });
      const start = context.currentTime + at;
      shape.gain.setValueAtTime(0, start);
      shape.gain.linearRampToValueAtTime(1, start + 0.02);
      shape.gain.setTargetAtTime(0, start + NOTE_SECONDS - 0.04, 0.02);
      note.connect(shape).connect(gain);
      note.start(start);
      note.stop(start + NOTE_SECONDS + 0.1);
    }
  }

  private open() {
    if (this.context === null || this.gain === null || this.output === null) {
      this.context = new AudioContext();
      this.gain = new GainNode(this.context);
      // By way of an element, which every browser can send to another device.
      const destination = this.context.createMediaStreamDestination();
      this.gain.connect(destination);
      this.output = new Audio();
      this.output.srcObject = destination.stream;
    }
    return { context: this.context, gain: this.gain, output: this.output };
  }
}
