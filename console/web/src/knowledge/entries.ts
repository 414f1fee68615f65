import { keepPreviousData, queryOptions, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import { api, got } from "../api/client";
import type { components, paths } from "../api/schema";

export type Entry = components["schemas"]["EntryView"];
export type WholeEntry = components["schemas"]["WholeEntry"];
export type Version = components["schemas"]["EntryVersion"];
export type Content = components["schemas"]["EntryContent"];
export type Standing = NonNullable<Entry["standing"]>;
export type EntryQuery = NonNullable<paths["/api/knowledge"]["get"]["parameters"]["query"]>;

export const STANDINGS: Record<Standing, string> = {
  valid: "有效",
  review_due: "待复核",
  not_yet: "未生效",
  expired: "已过期",
};

export const ENTRY_STATES: Record<Entry["state"], string> = {
  proposed: "待审核",
  published: "已发布",
  rejected: "未通过",
  retired: "已停用",
};

export const ENTRY_COMMANDS: Record<components["schemas"]["EntryEvent"]["command"], string> = {
  propose: "提交",
  revise: "修订",
  approve: "审核通过",
  reject: "退回",
  retire: "停用",
};

/** Characters of what is heard that are looked up: the end of it. */
const HEARD = 300;

/** Entries that fit. */
export function entriesOf(query: EntryQuery) {
  return queryOptions({
    queryKey: ["knowledge", "entries", query],
    queryFn: async () => got(await api.GET("/api/knowledge", { params: { query } })),
  });
}

/** Entries that fit; those of the last query stay until the new ones are there. */
export function useEntries(query: EntryQuery, enabled = true) {
  return useQuery({ ...entriesOf(query), placeholderData: keepPreviousData, enabled });
}

/** What may answer the citizen, by what he has said so far. */
export function useProposals(heard: string) {
  const text = useSettled(heard.trim().slice(-HEARD), 1_000);
  return useQuery({
    queryKey: ["knowledge", "proposals", text],
    queryFn: async () => got(await api.POST("/api/knowledge/suggest", { body: { text } })),
    placeholderData: keepPreviousData,
    enabled: text !== "",
    staleTime: Infinity,
  });
}

export function useEntry(code: string | null) {
  return useQuery({
    queryKey: ["knowledge", "entry", code],
    queryFn: async () => {
      const params = { path: { code: code ?? "" } };
      return got(await api.GET("/api/knowledge/{code}", { params }));
    },
    enabled: code !== null,
  });
}

/** A value once it has not changed for some milliseconds. */
export function useSettled<T>(value: T, milliseconds: number): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = window.setTimeout(() => setSettled(value), milliseconds);
    return () => window.clearTimeout(timer);
  }, [value, milliseconds]);
  return settled;
}

/** The content alone, as a proposal begins. */
export function contentOf(entry: Content): Content {
  const { title, questions, answer, unit, categories, region, valid_from, valid_to, review_by } = entry;
  return { title, questions, answer, unit, categories, region, valid_from, valid_to, review_by };
}
