import { useQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useReducer, useState } from "react";

import { api, got } from "../../api/client";
import { ApiError } from "../../api/errors";
import type { components, paths } from "../../api/schema";
import type { Queue } from "../../tickets/words";
import { inTurn } from "../ticket/in-turn";

export type Row = components["schemas"]["InboxRow"];
type Query = NonNullable<paths["/api/inbox/{queue}"]["get"]["parameters"]["query"]>;
export type Filter = Omit<Query, "limit" | "after" | "snapshot">;
export type Task = components["schemas"]["Waiting"];

/** A row as it stands on the screen. */
export interface Line {
  row: Row;
  readAt: number;
  /** Somebody did it meanwhile; it keeps its place until the list is read anew. */
  isDone: boolean;
  /** One's own command made another task of it, which the snapshot does not know. */
  isNew: boolean;
}

interface List {
  lines: readonly Line[];
  snapshot: string | null;
  next: string | null;
  state: "loading" | "ready" | "failed";
  error: unknown;
}

type Change =
  | { type: "begin" }
  | { type: "page"; page: components["schemas"]["InboxPage"]; isFirst: boolean }
  | { type: "again"; rows: readonly Row[] }
  | { type: "handled"; no: string }
  | { type: "moved"; no: string; task: Task }
  | { type: "took"; row: Row }
  | { type: "failed"; error: unknown };

const EMPTY: List = { lines: [], snapshot: null, next: null, state: "loading", error: null };
const PAGE = 100;
/** Milliseconds between two looks at what came, and at who works on what. */
const LOOK = 10_000;

/**
 * A work list that stays as it is under the hand: what comes later is counted, what others did is
 * greyed; only `reload` reads it anew.
 */
export function useInbox(queue: Queue, filter: Filter) {
  const [list, change] = useReducer(next, EMPTY);
  const [round, setRound] = useState(0);
  const asked = JSON.stringify(filter);

  useEffect(() => {
    let isStale = false;
    change({ type: "begin" });
    read(queue, { ...(JSON.parse(asked) as Filter), limit: PAGE })
      .then((page) => !isStale && change({ type: "page", page, isFirst: true }))
      .catch((error: unknown) => !isStale && change({ type: "failed", error }));
    return () => {
      isStale = true;
    };
  }, [queue, asked, round]);

  const { snapshot, next: after } = list;
  const news = useQuery({
    queryKey: ["inbox", queue, "news", asked, snapshot],
    enabled: snapshot !== null,
    refetchInterval: LOOK,
    queryFn: async () => {
      const query = { ...(JSON.parse(asked) as Filter), since: snapshot ?? "" };
      const params = { path: { queue }, query };
      return got(await api.GET("/api/inbox/{queue}/news", { params })).count;
    },
  });
  const again = useQuery({
    queryKey: ["inbox", queue, "again", asked, snapshot],
    enabled: snapshot !== null,
    refetchInterval: LOOK,
    queryFn: async () => {
      const query = { ...(JSON.parse(asked) as Filter), limit: 200, snapshot: snapshot ?? "" };
      const { rows } = await read(queue, query);
      return rows;
    },
  });
  useEffect(() => {
    if (again.data !== undefined) change({ type: "again", rows: again.data });
  }, [again.data]);

  const more = useCallback(async () => {
    if (after === null || snapshot === null) return;
    const query = { ...(JSON.parse(asked) as Filter), limit: PAGE, after, snapshot };
    change({ type: "page", page: await read(queue, query), isFirst: false });
  }, [after, asked, queue, snapshot]);
  const take = useCallback(async (): Promise<Row | null> => {
    const params = { path: { queue } };
    const body = JSON.parse(asked) as components["schemas"]["Filter"];
    const answer = await inTurn((signal) => api.POST("/api/inbox/{queue}/take", { params, body, signal }));
    const { row } = got(answer);
    if (row != null) change({ type: "took", row });
    return row ?? null;
  }, [asked, queue]);

  return {
    ...list,
    news: news.data ?? 0,
    more,
    take,
    reload: useCallback(() => setRound((count) => count + 1), []),
    handled: useCallback((no: string) => change({ type: "handled", no }), []),
    moved: useCallback((no: string, task: Task) => change({ type: "moved", no, task }), []),
  };
}

async function read(queue: Queue, query: Query) {
  return got(await api.GET("/api/inbox/{queue}", { params: { path: { queue }, query } }));
}

function next(list: List, change: Change): List {
  const readAt = Date.now();
  const line = (row: Row): Line => ({ row, readAt, isDone: false, isNew: false });
  switch (change.type) {
    case "begin":
      return list.state === "ready" ? list : EMPTY;
    case "page": {
      const { rows, snapshot, next: after } = change.page;
      const known = change.isFirst ? [] : list.lines;
      const fresh = rows.filter((row) => !known.some((one) => one.row.ticket_no === row.ticket_no));
      return {
        lines: [...known, ...fresh.map(line)],
        snapshot,
        next: after ?? null,
        state: "ready",
        error: null,
      };
    }
    case "again": {
      const now = new Map(change.rows.map((row) => [row.ticket_no, row]));
      // Only so many rows are looked at again: what is beyond them is not known to be done.
      const looked = change.rows.length < 200 ? list.lines.length : 0;
      const lines = list.lines.map((one, place) => {
        const row = now.get(one.row.ticket_no);
        if (row !== undefined) return line(row);
        return place < looked && !one.isNew ? { ...one, isDone: true } : one;
      });
      return { ...list, lines };
    }
    case "handled":
      return { ...list, lines: list.lines.filter((one) => one.row.ticket_no !== change.no) };
    case "moved": {
      const lines = list.lines.map((one) =>
        one.row.ticket_no === change.no
          ? { ...line({ ...one.row, ...change.task }), isNew: true }
          : one,
      );
      return { ...list, lines };
    }
    case "took": {
      const isKnown = list.lines.some((one) => one.row.ticket_no === change.row.ticket_no);
      const lines = list.lines.map((one) => (one.row.ticket_no === change.row.ticket_no ? line(change.row) : one));
      return { ...list, lines: isKnown ? lines : [line(change.row), ...lines] };
    }
    case "failed":
      return { ...list, state: "failed", error: change.error ?? new ApiError(0, "failed", null, "读取失败", null) };
  }
}
