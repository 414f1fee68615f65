import {
  createContext,
  type ReactNode,
  useContext,
  useEffect,
  useState,
  useSyncExternalStore,
} from "react";

import { api, got } from "../api/client";
import { ApiError } from "../api/errors";
import { useLive } from "../live/live";
import { usePersonalSettings } from "../session/personal-settings";
import { hasRole, type Role, useSession } from "../session/session";
import { type Claim, type Credentials, Elsewhere, type PhoneState, SessionEnded, Softphone } from "./softphone";

const PhoneContext = createContext<Softphone | null>(null);
/** Those who may have a phone in the page. */
const PHONE_ROLES: readonly Role[] = ["agent", "callback_agent", "supervisor"];

/** One softphone for all pages; it registers while the agent is on duty with it. */
export function PhoneProvider({ children }: { children: ReactNode }) {
  const [phone] = useState(() => new Softphone({ credentials }));
  const { user } = useSession();
  const mayPhone = user.agent_no !== null && hasRole(user, PHONE_ROLES);
  const { desk } = useLive();
  const isOnDuty = mayPhone && desk?.device === "web" && desk.state !== "logged_out";
  useEffect(() => (isOnDuty ? phone.hold() : undefined), [phone, isOnDuty]);
  useEffect(() => phone.signedIn(), [phone, user]);

  const { settings } = usePersonalSettings();
  useEffect(() => {
    if (!settings) return;
    const { microphone, speaker, ringer, ring_volume, voice_processing } = settings;
    phone.choose({
      microphone: microphone ?? null,
      speaker: speaker ?? null,
      ringer: ringer ?? null,
      ringVolume: ring_volume ?? 80,
      voiceProcessing: voice_processing ?? true,
    });
  }, [phone, settings]);

  const isTalking = useSyncExternalStore(phone.subscribe, phone.current).call !== null;
  useEffect(() => {
    if (!isTalking) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [isTalking]);

  return <PhoneContext value={phone}>{children}</PhoneContext>;
}

/** The softphone of this page and its state. */
export function usePhone(): PhoneState & { phone: Softphone } {
  const phone = useContext(PhoneContext);
  if (phone === null) throw new Error("no phone here");
  return { phone, ...useSyncExternalStore(phone.subscribe, phone.current) };
}

async function credentials(page: string, claim: Claim): Promise<Credentials> {
  try {
    return got(await api.POST("/api/desk/phone", { body: { page, renew: claim === "renew", take: claim === "take" } }));
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) throw new SessionEnded(error.text);
    if (error instanceof ApiError && error.status === 409) throw new Elsewhere(error.text);
    throw error;
  }
}
