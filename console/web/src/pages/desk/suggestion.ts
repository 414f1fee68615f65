import { keepPreviousData, queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useState } from "react";

import { api, got } from "../../api/client";
import type { Segment } from "../../live/messages";
import type { Option } from "./picker";

interface Candidate {
  code: string;
  name: string;
  confidence: number;
}

interface Choice {
  code: string | null;
  name: string | null;
  confidence: number;
  candidates: Candidate[];
}

/** What the console proposes for a text (docs/api.md, contract's `suggestion`). */
export interface Suggestion {
  category_l2: Choice;
  region: Choice;
  place: Choice;
  unit: Choice;
  urgency: Choice;
  request_type: Choice;
  evidence: string[];
}

/** Milliseconds without a change until a suggestion is asked for. */
const PAUSE = 500;
/** Characters that say enough. */
const SHORTEST = 6;

/** Milliseconds that filing waits for it. */
const PATIENCE = 2000;

/** Proposals for what was typed, and while nothing is, for what the citizen says. */
export function useSuggestion(typed: string, segments: readonly Segment[]) {
  const said = segments.filter((one) => one.final && one.speaker === "caller").map(({ text }) => text.trim());
  const heard = said.join("").length >= SHORTEST ? said.map((text) => `市民：${text}`).join("\n") : "";
  // What the agent wrote is what the ticket is about.
  const latest = typed.trim().length >= SHORTEST ? typed.trim() : heard;
  const text = useSettled(latest);
  const queries = useQueryClient();
  const suggestion = useQuery({
    ...suggestionFor(text),
    enabled: text.length >= SHORTEST,
    placeholderData: keepPreviousData,
  });
  const shown = text.length >= SHORTEST ? (suggestion.data ?? null) : null;
  /** For the very last words; who files at once does not wait for the pause in his typing. */
  const now = useCallback(async (): Promise<Suggestion | null> => {
    if (latest.length < SHORTEST) return null;
    const late = new Promise<null>((done) => window.setTimeout(() => done(null), PATIENCE));
    return Promise.race([queries.fetchQuery(suggestionFor(latest)).catch(() => null), late]);
  }, [latest, queries]);
  return { shown, now };
}

function suggestionFor(text: string) {
  return queryOptions({
    queryKey: ["suggestion", text],
    queryFn: async () => {
      const told = got(await api.POST("/api/suggest", { body: { text: text.slice(0, 20_000) } }));
      return told as unknown as Suggestion;
    },
    staleTime: Infinity,
  });
}

/** A confidence in words; only a rule or a person is quite sure. */
export function share(confidence: number): string {
  return `${Math.min(99, Math.round(confidence * 100))}%`;
}

export function proposed(choice: Choice | undefined): (Option & { confidence: number }) | null {
  if (choice === undefined || choice.code === null || choice.name === null) return null;
  return { value: choice.code, label: choice.name, confidence: choice.confidence };
}

export function others(choice: Choice | undefined): Option[] {
  return (choice?.candidates ?? []).map(({ code, name, confidence }) => ({
    value: code,
    label: name,
    more: share(confidence),
  }));
}

function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = window.setTimeout(() => setSettled(text), PAUSE);
    return () => window.clearTimeout(timer);
  }, [text]);
  return settled;
}
