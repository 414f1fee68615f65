import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { api, got } from "../../../api/client";
import type { components, paths } from "../../../api/schema";
import { type Choice, useCategories, useRegions, useUnits } from "../../../forms/lookups";
import type { Row } from "./schema";

export type KindInfo = components["schemas"]["KindInfo"];
export type KindPage = components["schemas"]["KindPage"];
export type Version = components["schemas"]["VersionInfo"];
type KindName = paths["/api/admin/{kind}"]["get"]["parameters"]["path"]["kind"];
export type Changed = components["schemas"]["Changed"];
export type Prompt = components["schemas"]["PromptInfo"];

const MANY = 2_000;

/** The kinds that one may read. */
export function useKinds() {
  return useQuery({
    queryKey: ["admin", "kinds"],
    queryFn: async () => got(await api.GET("/api/admin")),
  });
}

/** The entries of a kind, or those that hold what was typed. */
export function useEntries(kind: string, q: string) {
  return useQuery({ ...entriesQuery(kind, q), placeholderData: keepPreviousData });
}

function entriesQuery(kind: string, q: string) {
  return {
    queryKey: ["admin", "entries", kind, q],
    queryFn: async () => {
      const params = { path: { kind: kind as KindName }, query: { limit: MANY, ...(q && { q }) } };
      return got(await api.GET("/api/admin/{kind}", { params }));
    },
  };
}

/** All prompts of the line. */
export function usePrompts() {
  return useQuery({
    queryKey: ["admin", "prompts"],
    queryFn: async () => got(await api.GET("/api/admin/prompts/list")),
  });
}

export function useVersions(kind: string) {
  return useQuery({
    queryKey: ["admin", "versions", kind],
    queryFn: async () => {
      const params = { path: { kind: kind as KindName } };
      return got(await api.GET("/api/admin/{kind}/versions", { params }));
    },
  });
}

export function useVersionChanges(kind: string, version: number) {
  return useQuery({
    queryKey: ["admin", "versions", kind, version],
    queryFn: async () => {
      const params = { path: { kind: kind as KindName, version } };
      return got(await api.GET("/api/admin/{kind}/versions/{version}", { params })).changes;
    },
    staleTime: Infinity,
  });
}

interface Publishing {
  kind: string;
  /** The version that was seen. */
  version: number;
  reason: string;
  /** null: taken away. */
  entries: Record<string, Row | null>;
  /** The entries may not replace others. */
  areNew?: boolean;
}

/** Publishes changes; they are in force within seconds. */
export function usePublish() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async ({ kind, version, reason, entries, areNew = false }: Publishing) => {
      const params = { path: { kind: kind as KindName }, header: { "If-Match": `"${version}"` } };
      return got(await api.PATCH("/api/admin/{kind}", { params, body: { reason, entries, dry_run: false, are_new: areNew } }));
    },
    // Also after a refusal: what somebody else has changed is shown. Lists of units, categories and
    // so on are read anew wherever they stand.
    onSettled: () => queries.invalidateQueries(),
  });
}

export function useRestore() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (asked: { kind: string; seen: number; version: number; reason: string }) => {
      const params = {
        path: { kind: asked.kind as KindName, version: asked.version },
        header: { "If-Match": `"${asked.seen}"` },
      };
      const body = { reason: asked.reason };
      return got(await api.POST("/api/admin/{kind}/versions/{version}/restore", { params, body }));
    },
    onSettled: () => queries.invalidateQueries(),
  });
}

/** Units that each ticket finds by itself; chosen like a unit. */
const FOUND: readonly Choice[] = [
  { value: "@region", label: "属地（诉求发生地的县区）" },
  { value: "@superior", label: "被反映单位的上级" },
];

/** What fields that name entries of another kind offer, and what codes are called; of `kind`. */
export function useNames(kind: string) {
  const places = usePlaces(kind === "places");
  const units = useUnits();
  const regions = useRegions();
  const categories = useCategories();
  const groups = useGroups();
  const known: Record<string, readonly Choice[]> = {
    units,
    handlers: [...FOUND, ...units],
    regions,
    categories,
    groups,
    above: [...regions, ...places],
  };
  return {
    choices: (names: string): readonly Choice[] => known[names] ?? [],
    nameOf: (names: string, code: string): string =>
      known[names]?.find(({ value }) => value === code)?.label ?? code,
  };
}

/** Places that others lie in, by name and code: two roads may have the same name. */
function usePlaces(isWanted: boolean): Choice[] {
  const places = useQuery({ ...entriesQuery("places", ""), enabled: isWanted });
  return (places.data?.entries ?? []).map(({ code, data }) => ({
    value: code,
    label: typeof data.name === "string" ? `${data.name}（${code}）` : code,
  }));
}

function useGroups(): Choice[] {
  const { data: kinds } = useKinds();
  const mayRead = kinds?.some(({ kind }) => kind === "groups") ?? false;
  const groups = useQuery({ ...entriesQuery("groups", ""), enabled: mayRead });
  return (groups.data?.entries ?? []).map(({ code, data }) => {
    const title = data.title;
    return { value: code, label: typeof title === "string" && title !== "" ? title : code };
  });
}
