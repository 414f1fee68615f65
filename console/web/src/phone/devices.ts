/** Which devices are used; null is the browser's own choice. */
export interface DeviceChoice {
  microphone: string | null;
  speaker: string | null;
  /** Where the ring tone is heard. */
  ringer: string | null;
  /** Percent. */
  ringVolume: number;
  /** Echo, noise and level are taken care of; a headset needs none of it. */
  voiceProcessing: boolean;
}

export const USUAL_DEVICES: DeviceChoice = {
  microphone: null,
  speaker: null,
  ringer: null,
  ringVolume: 80,
  voiceProcessing: true,
};

export interface Devices {
  microphones: readonly MediaDeviceInfo[];
  speakers: readonly MediaDeviceInfo[];
}

/** Browsers give no microphone to a page that came unencrypted, except from this machine. */
export const mayHaveMicrophone = (): boolean => window.isSecureContext && "mediaDevices" in navigator;

/** What is plugged in; names are known once the microphone may be used. */
export async function devices(): Promise<Devices> {
  const found = await navigator.mediaDevices.enumerateDevices();
  const named = found.filter((one) => one.deviceId !== "");
  return {
    microphones: named.filter((one) => one.kind === "audioinput"),
    speakers: named.filter((one) => one.kind === "audiooutput"),
  };
}

/** Sound of the microphone; one that is not plugged in any more is replaced by the usual one. */
export async function openMicrophone(chosen: DeviceChoice): Promise<MediaStream> {
  if (!mayHaveMicrophone()) throw new MicrophoneError("insecure");
  const processing = {
    echoCancellation: chosen.voiceProcessing,
    noiseSuppression: chosen.voiceProcessing,
    autoGainControl: chosen.voiceProcessing,
  };
  try {
    if (chosen.microphone === null) {
      return await navigator.mediaDevices.getUserMedia({ audio: processing });
    }
    const deviceId = { exact: chosen.microphone };
    return await navigator.mediaDevices.getUserMedia({ audio: { ...processing, deviceId } });
  } catch (error) {
    const name = error instanceof DOMException ? error.name : "";
    if (chosen.microphone !== null && ["OverconstrainedError", "NotFoundError"].includes(name)) {
      return openMicrophone({ ...chosen, microphone: null });
    }
    throw new MicrophoneError(name === "NotAllowedError" ? "denied" : "missing");
  }
}

/** Why there is no microphone, in words for people. */
export class MicrophoneError extends Error {
  constructor(readonly why: "denied" | "missing" | "insecure") {
    super(
      {
        denied: "浏览器没有允许使用麦克风，请点地址栏左侧的图标，允许麦克风后重试",
        missing: "没有找到麦克风，请插好耳机或麦克风后重试",
        insecure: "本页面不是安全连接，浏览器不提供麦克风，请用 https 地址打开",
      }[why],
    );
  }
}

export function closeStream(stream: MediaStream | null): void {
  stream?.getTracks().forEach((track) => track.stop());
}

/** Send an element's sound to a device; one that is gone leaves it at the usual one. */
export async function sendTo(element: HTMLAudioElement, device: string | null): Promise<void> {
  if (!("setSinkId" in element)) return;
  try {
    await element.setSinkId(device ?? "");
  } catch {
    await element.setSinkId("");
  }
}
