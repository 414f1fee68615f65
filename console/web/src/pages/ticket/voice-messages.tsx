import { useQuery } from "@tanstack/react-query";

import { api, got } from "../../api/client";
import { Player } from "../../listening/player";

/** 留言录音: what the caller left on the line, for whoever registers or checks it. */
export function VoiceMessages({ no }: { no: string | undefined }) {
  const found = useQuery({
    queryKey: ["voice-messages", no],
    enabled: no !== undefined,
    queryFn: async () => {
      const path = { ticket_no: no ?? "" };
      return got(await api.GET("/api/tickets/{ticket_no}/voice-messages", { params: { path } }));
    },
  });
  return found.data?.map((one) => (
    <Player key={one.recording_id} recording={{ ...one, kind: "message", speaker: null }} offset={0} onTime={nothing} />
  ));
}

const nothing = () => undefined;
