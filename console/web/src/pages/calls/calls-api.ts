import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";

import { api, got } from "../../api/client";
import type { paths } from "../../api/schema";
import type { Recording } from "../../listening/player";

type Wanted = NonNullable<paths["/api/calls/search"]["get"]["parameters"]["query"]>;
type Outcome = NonNullable<Wanted["outcome"]>;

/** A call in a list. */
export interface ListedCall {
  call_id: string;
  direction: "inbound" | "outbound";
  citizen_number: string | null;
  started_at: string;
  answered_at: string | null;
  ended_at: string | null;
  duration_s: number | null;
  outcome: Outcome | null;
  ended_by: string | null;
  agents: { number: string; name: string | null }[];
  tickets: string[];
  emergencies: {
    service: string;
    /** Null: it is still being tried. */
    outcome: "connected" | "guided" | "failed" | "caller_left" | null;
  }[];
  survey_score: number | null;
  recordings: string[];
  handled_by: "controller" | "fallback";
}

export interface Said {
  speaker: string;
  /** Seconds since the call began. */
  start: number;
  end: number;
  text: string;
}

/** A call in full, as far as the page needs it. */
export interface WholeCall {
  call_id: string;
  started_at: string;
  path: { at: string; node: string; input: string | null }[];
  waits: { queue: string; entered_at: string; left_at: string | null; agent: string | null }[];
  legs: { leg_id: string; role: string; number: string | null; answered_at: string | null }[];
  transcript: Said[];
}

/** What is looked for. */
export type Filter = Omit<Wanted, "limit" | "after" | "ticket_no" | "direction" | "call_id">;

const PAGE = 50;

/** Calls that fit, the newest first, page by page. */
export function useCalls(filter: Filter) {
  return useInfiniteQuery({
    queryKey: ["calls", "search", filter],
    initialPageParam: undefined as string | undefined,
    placeholderData: keepPreviousData,
    queryFn: async ({ pageParam }) => {
      const query = { ...filter, limit: PAGE, ...(pageParam !== undefined && { after: pageParam }) };
      const page = got(await api.GET("/api/calls/search", { params: { query } }));
      return { items: page.items as unknown as ListedCall[], next: page.next };
    },
    getNextPageParam: (page) => page.next ?? undefined,
  });
}

/** The call of an address, where the list does not hold it; null: one may not know of it. */
export function useListedCall(callId: string | null) {
  return useQuery({
    queryKey: ["calls", "listed", callId],
    enabled: callId !== null,
    queryFn: async () => {
      const query = { call_id: callId ?? "", limit: 1 };
      const page = got(await api.GET("/api/calls/search", { params: { query } }));
      return (page.items as unknown as ListedCall[])[0] ?? null;
    },
  });
}

export function useWholeCall(callId: string) {
  return useQuery({
    queryKey: ["calls", callId],
    queryFn: async () => {
      const params = { path: { call_id: callId } };
      return got(await api.GET("/api/calls/{call_id}", { params })) as unknown as WholeCall;
    },
  });
}

/** The recordings that one may hear. */
export function useRecordings(callId: string) {
  return useQuery({
    queryKey: ["calls", callId, "recordings"],
    queryFn: async () => {
      const params = { path: { call_id: callId } };
      const found = got(await api.GET("/api/calls/{call_id}/recordings", { params }));
      return found as unknown as Recording[];
    },
  });
}
