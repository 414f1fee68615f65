import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { api, got } from "../../api/client";
import { type CallView, citizenOf, type Person } from "../../live/messages";
import { draftKey, type Filed, isDraftOf, type Matter, read } from "./filing";

/** How often one looks whether the colleague has filed what was begun here. */
const COLLEAGUE_FILES = 4_000;

/**
 * Which call's matter is on the form. A ring changes nothing; answering brings the new call, and
 * what was not filed before waits in the drafts.
 *
 * `isHeld`: somebody types, and calls are answered without him: the new one waits beside the form
 * until he asks for it.
 */
export function useWork(call: CallView | null, own: string | null, isHeld: boolean) {
  const client = useQueryClient();
  const [matter, setMatter] = useState<Matter | null>(null);
  const [numbers, setNumbers] = useState<Record<string, string | null>>({});
  const [filed, setFiled] = useState<Filed | null>(null);
  const [isFiled, setIsFiled] = useState(false);
  const [coming, setComing] = useState<Matter | null>(null);
  /** Answered while somebody typed, and never opened: as unfinished as what was begun. */
  const [missed, setMissed] = useState<readonly Matter[]>([]);
  const [passedOn, setPassedOn] = useState<{ callId: string; to: Person } | null>(null);
  const answered = call !== null && call.state !== "ringing" ? call : null;
  const answeredId = answered?.call_id;
  const citizen = answered === null ? null : citizenOf(answered);

  const [seen, setSeen] = useState<string>();
  if (answeredId !== undefined && answeredId !== seen) {
    setSeen(answeredId);
    setNumbers({ ...numbers, [answeredId]: citizen });
    const next = { callId: answeredId, after: null };
    if (coming !== null) setMissed([...missed, coming]);
    if (isHeld && matter !== null && !isFiled) {
      setComing(next);
    } else {
      setMatter(next);
      setComing(null);
      setFiled(null);
      setIsFiled(false);
    }
  }

  const to = answered === null ? undefined : nowAnothers(answered, own);
  if (answeredId !== undefined && to !== undefined && to?.number !== passedOn?.to.number) {
    setPassedOn(to === null ? null : { callId: answeredId, to });
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
  const handedTo = matter?.after === null && passedOn?.callId === matter.callId ? passedOn.to : null;
  // A page that was loaded anew, or a colleague's, learns from them what was filed before.
  const known = useQuery({
    queryKey: ["desk-tickets", matter?.callId, tickets.join()],
    queryFn: async () => Promise.all(tickets.map(read)),
    enabled: matter !== null && tickets.length > 0,
    refetchInterval: handedTo === null ? false : COLLEAGUE_FILES,
  });
  const kept = (drafts.data ?? []).map(({ key }) => key);
  const begun = kept.map(matterOf);
  const wasFiled =
    matter?.after === null &&
    known.data !== undefined &&
    known.data.length > 0 &&
    drafts.isSuccess &&
    !kept.includes(draftKey(matter)) &&
    !known.data.some((one) => isDraftOf(matter.callId, one));
  return {
    matter,
    isFiled: isFiled || wasFiled,
    filed,
    /** The colleague who has the call now and registers what was said; null: it is one's own. */
    handedTo,
    /** The call's tickets by number. */
    tickets,
    number: matter === null ? null : (numbers[matter.callId] ?? (record.data ? citizenOf(record.data) : null)),
    unfinished: [...begun, ...without(missed, begun)].filter((one) => !isSame(one, matter)),
    /** Answered while somebody typed; it is opened when he asks for it. */
    coming: coming === null ? null : { matter: coming, number: numbers[coming.callId] ?? null },
    open: (one: Matter) => {
      setMatter(one);
      setMissed(without(coming === null ? missed : [...missed, coming], [one]));
      setComing(null);
      setFiled(null);
      setIsFiled(false);
      setPassedOn(null); // what nobody took over is still one's own
    },
    another: () => {
      const after = filed?.ticketNo ?? tickets.at(-1);
      if (matter === null || after === undefined) return;
      setMatter({ callId: matter.callId, after });
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

function isSame(one: Matter, other: Matter | null): boolean {
  return other !== null && draftKey(one) === draftKey(other);
}

function without(matters: readonly Matter[], others: readonly Matter[]): readonly Matter[] {
  return matters.filter((one) => !others.some((other) => isSame(one, other)));
}

/** Whose a call is that one has left; null: it is one's own; undefined: nobody has taken it. */
function nowAnothers({ agent, parties }: CallView, own: string | null): Person | null | undefined {
  if (agent === null) return undefined;
  const isIn = parties.some(({ number, state }) => number === own && IN_CALL.includes(state));
  return isIn || agent.number === own ? null : agent;
}

const IN_CALL = ["talking", "held", "away"];

type CallRecord = Pick<CallView, "tickets" | "direction" | "caller_number" | "called_number">;

/** The reverse of `draftKey`; call and ticket numbers hold no colon. */
function matterOf(key: string): Matter {
  const [, callId = "", after = null] = key.split(":");
  return { callId, after };
}
