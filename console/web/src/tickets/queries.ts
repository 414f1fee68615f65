import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";

import { api, got } from "../api/client";
import type { components, paths } from "../api/schema";

/** A ticket as far as one may see it: what one may not see is null or not there. */
export type Ticket =
  paths["/api/tickets/{ticket_no}"]["get"]["responses"][200]["content"]["application/json"];
export type Offer = components["schemas"]["Offer"];
export type Attachment = components["schemas"]["Attachment"];
export type Holder = components["schemas"]["Holder"];

const FOR_GOOD = 10 * 60_000;

/** Milliseconds between two looks at a ticket that others may work on. */
const LOOK = 15_000;

/** A ticket as far as one may see it; `isStill`: as it was read, while somebody fills in a form. */
export function useTicket(no: string, isStill = false) {
  return useQuery({
    queryKey: ["ticket", no],
    staleTime: 0, // a command wants the version of now
    refetchInterval: isStill ? false : LOOK,
    queryFn: async () => got(await api.GET("/api/tickets/{ticket_no}", inPath(no))),
  });
}

/** What one may do with it now. */
export function useOffers(no: string, isStill = false) {
  return useQuery({
    queryKey: ["ticket", no, "commands"],
    staleTime: 0,
    refetchInterval: isStill ? false : LOOK,
    queryFn: async () => got(await api.GET("/api/tickets/{ticket_no}/commands", inPath(no))),
  });
}

/** What waits on it and until when, and who works on it. */
export function useSituation(no: string) {
  return useQuery({
    queryKey: ["ticket", no, "situation"],
    queryFn: async () => got(await api.GET("/api/tickets/{ticket_no}/situation", inPath(no))),
    staleTime: 0,
    refetchInterval: 60_000,
  });
}

export function useAttachments(no: string) {
  return useQuery({
    queryKey: ["ticket", no, "attachments"],
    queryFn: async () => got(await api.GET("/api/tickets/{ticket_no}/attachments", inPath(no))),
  });
}

/** What those in its journal are called, by the names of their accounts. */
export function usePeople(no: string): ReadonlyMap<string, string> {
  const found = useQuery({
    queryKey: ["ticket", no, "people"],
    queryFn: async () => got(await api.GET("/api/tickets/{ticket_no}/people", inPath(no))),
    select: byName,
  });
  return found.data ?? NONE;
}

/** Reads all of a ticket again, after it was changed. */
export function useRefresh(no: string) {
  const client = useQueryClient();
  return useCallback(() => client.invalidateQueries({ queryKey: ["ticket", no] }), [client, no]);
}

/** Names of the member units that take tickets today, by code. */
export function useUnits(): ReadonlyMap<string, string> {
  return useNames("units", async () =>
    got(await api.GET("/api/units", { params: { query: { limit: 500 } } })),
  );
}

export function useRegions(): ReadonlyMap<string, string> {
  return useNames("regions", async () => got(await api.GET("/api/regions")));
}

/** Second-level categories with their first level: 供水 (水务). */
export function useCategories(): ReadonlyMap<string, string> {
  // As it is kept for the forms (forms/lookups.ts), under the same key.
  const found = useQuery({
    queryKey: ["categories"],
    queryFn: async () => got(await api.GET("/api/categories")),
    staleTime: FOR_GOOD,
    select: withFirstLevel,
  });
  return found.data ?? NONE;
}

function useNames(
  key: string,
  read: () => Promise<readonly { code: string; name: string }[]>,
): ReadonlyMap<string, string> {
  const found = useQuery({ queryKey: [key], queryFn: read, staleTime: FOR_GOOD, select: byCode });
  return found.data ?? NONE;
}

const NONE: ReadonlyMap<string, string> = new Map();

function byCode(found: readonly { code: string; name: string }[]): ReadonlyMap<string, string> {
  return new Map(found.map(({ code, name }) => [code, name]));
}

function withFirstLevel(
  found: readonly { code: string; name: string; l1_name: string }[],
): ReadonlyMap<string, string> {
  return new Map(found.map(({ code, name, l1_name }) => [code, `${l1_name} / ${name}`]));
}

function byName(found: readonly { name: string; full_name: string }[]): ReadonlyMap<string, string> {
  return new Map(found.map(({ name, full_name }) => [name, full_name]));
}

function inPath(no: string) {
  return { params: { path: { ticket_no: no } } };
}
