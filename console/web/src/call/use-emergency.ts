import { useEffect, useRef, useState } from "react";

import type { CallView } from "../live/messages";
import type { Service } from "./commands";

/**
 * Dials an emergency service (F9 and a digit). One that is chosen while the call is still being
 * connected is dialled once the agent is with the citizen; until then it may be taken back.
 */
export function useEmergency(
  call: CallView | null,
  isOn: boolean,
  dial: (service: Service) => Promise<unknown>,
): { wanted: Service | null; choose: (service: Service) => void; forget: () => void } {
  const [chosen, setChosen] = useState<{ service: Service; callId: string } | null>(null);
  const wanted = chosen !== null && chosen.callId === call?.call_id ? chosen.service : null;
  const latest = useRef(dial);
  useEffect(() => {
    latest.current = dial;
  });
  useEffect(() => {
    if (wanted !== null && isOn) void latest.current(wanted).then(() => setChosen(null));
  }, [wanted, isOn]);
  return {
    wanted,
    choose: (service) => {
      if (isOn) void dial(service);
      else if (call !== null) setChosen({ service, callId: call.call_id });
    },
    forget: () => setChosen(null),
  };
}
