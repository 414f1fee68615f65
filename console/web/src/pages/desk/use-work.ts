import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { api, got } from "../../api/client";
import type { CallView } from "../../live/messages";
import type { Filed, Matter } from "./filing";

/**
 * Which call's matter is on the form. A ring changes nothing; answering brings the new call, and
 * what was not filed before waits in the drafts.
 */
export function useWork(call: CallView | null) {
  const client = useQueryClient();
  const [matter, setMatter] = useState<Matter | null>(null);
  const [numbers, setNumbers] = useState<Record<string, string | null>>({});
  const [filed, setFiled] = useState<Filed | null>(null);
  const [isFiled, setIsFiled] = useState(false);
  const answered = call !== null && call.state !== "ringing" ? call : null;
  const answeredId = answered?.call_id;
  const citizen = answered?.direction === "outbound" ? answered.called_number : answered?.caller_number;

  const [seen, setSeen] = useState<string>();
  if (answeredId !== undefined && answeredId !== seen) {
    setSeen(answeredId);
    setMatter({ callId: answeredId, after: null });
    setNumbers({ ...numbers, [answeredId]: citizen ?? null });
    setFiled(null);
    setIsFiled(false);
  }

  const drafts = useQuery({
    queryKey: ["desk-drafts", seen],
    queryFn: async () =>
      got(await api.GET("/api/drafts", { params: { query: { prefix: "desk:", limit: 20 } } })),
  });
  const isLive = matter !== null && matter.callId === answeredId;
  const record = useQuery({
    queryKey: ["call", matter?.callId],
    queryFn: async () => {
      const path = { call_id: matter?.callId ?? "" };
      return got(await api.GET("/api/calls/{call_id}", { params: { path } })) as unknown as CallRecord;
    },
    enabled: matter !== null && !isLive,
    retry: 5,
  });
  const tickets = isLive ? (call?.tickets ?? []) : (record.data?.tickets ?? []);
  const kept = (drafts.data ?? []).map(({ key }) => key.split(":")[1] ?? "");
  return {
    matter,
    isFiled,
    filed,
    ticketNo: tickets[0] ?? null,
    number: matter === null ? null : (numbers[matter.callId] ?? record.data?.caller_number ?? null),
    unfinished: [...new Set(kept)].filter((id) => id !== "" && id !== matter?.callId),
    open: (callId: string) => {
      setMatter({ callId, after: null });
      setFiled(null);
      setIsFiled(false);
    },
    another: () => {
      if (matter === null || filed === null) return;
      setMatter({ callId: matter.callId, after: filed.ticketNo });
      setIsFiled(false);
    },
    filedAs: (one: Filed) => {
      setFiled(one);
      setIsFiled(true);
      void client.invalidateQueries({ queryKey: ["desk-drafts"] });
      void client.invalidateQueries({ queryKey: ["caller", matter?.callId] });
    },
    closeFiled: () => setFiled(null),
  };
}

interface CallRecord {
  tickets: string[];
  caller_number: string | null;
}
