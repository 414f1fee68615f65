import { Alert, Button, Progress } from "antd";
import { useEffect, useRef, useState } from "react";

import { closeStream, type DeviceChoice, MicrophoneError, openMicrophone, sendTo } from "../../phone/devices";
import { usePhone } from "../../phone/phone";

const SECONDS = 4;
type Step = "idle" | "recording" | "playing";

/** Speak for some seconds and hear it again; nothing leaves the page. */
export function MicrophoneTest({ onAllowed }: { onAllowed: () => void }) {
  const { phone, call } = usePhone();
  const [step, setStep] = useState<Step>("idle");
  const [level, setLevel] = useState(0);
  const [error, setError] = useState<string | null>(null);
  const stop = useRef<() => void>(() => undefined);
  useEffect(() => () => stop.current(), []);

  const run = async () => {
    setError(null);
    try {
      const chosen = phone.chosen();
      const stream = await openMicrophone(chosen);
      onAllowed();
      setStep("recording");
      const recording = record(stream, setLevel);
      stop.current = recording.stop;
      const said = await recording.done;
      setLevel(0);
      setStep("playing");
      await playBack(said, chosen, stop);
    } catch (failure) {
      setError(failure instanceof MicrophoneError ? failure.message : "录音没有成功，请再试一次");
    } finally {
      setStep("idle");
    }
  };

  return (
    <section aria-label="麦克风测试" className="phone-test">
      <Button onClick={() => void run()} disabled={step !== "idle" || call !== null}>
        录音 {SECONDS} 秒并回放
      </Button>
      {step === "recording" && (
        <Progress
          aria-label="麦克风音量"
          percent={Math.round(level * 100)}
          showInfo={false}
          className="phone-level"
        />
      )}
      <span role="status">
        {step === "idle" && "听到自己的声音说明麦克风和听筒都正常；录音不离开本页面"}
        {step === "recording" && "请对着麦克风说话"}
        {step === "playing" && "正在回放"}
      </span>
      {error !== null && <Alert showIcon type="error" title={error} />}
    </section>
  );
}

/** Records for some seconds and tells the level meanwhile. */
function record(stream: MediaStream, tell: (level: number) => void) {
  const recorder = new MediaRecorder(stream);
  const parts: Blob[] = [];
  const context = new AudioContext();
  const analyser = new AnalyserNode(context, { fftSize: 1024 });
  context.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const meter = window.setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    const power = samples.reduce((sum, one) => sum + one * one, 0) / samples.length;
    // From -60 dBFS, silence, to 0.
    tell(Math.max(0, 1 + Math.log10(Math.max(power, 1e-6)) / 6));
  }, 100);
  const timer = window.setTimeout(() => recorder.stop(), SECONDS * 1000);
  const done = new Promise<Blob>((resolve) => {
    recorder.ondataavailable = ({ data }) => parts.push(data);
    recorder.onstop = () => {
      window.clearInterval(meter);
      window.clearTimeout(timer);
      closeStream(stream);
      void context.close();
      resolve(new Blob(parts, { type: recorder.mimeType }));
    };
  });
  recorder.start();
  return { done, stop: () => recorder.state === "recording" && recorder.stop() };
}

async function playBack(
  said: Blob,
  chosen: DeviceChoice,
  stop: React.RefObject<() => void>,
): Promise<void> {
  const sound = new Audio(URL.createObjectURL(said));
  await sendTo(sound, chosen.speaker);
  try {
    await new Promise<void>((done, failed) => {
      stop.current = () => {
        sound.pause();
        done();
      };
      sound.onended = () => done();
      sound.onerror = () => failed(new Error("playback"));
      sound.play().catch(failed);
    });
  } finally {
    URL.revokeObjectURL(sound.src);
  }
}
