import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";

import { api } from "../../api/client";
import { ApiError, textOf } from "../../api/errors";
import { inTurn } from "./in-turn";

/** Well before the ten minutes of a lease are over. */
const RENEW = 4 * 60_000;

type Wish = "take" | "take_over" | "release";

interface Leasing {
  /** Who has it, where somebody else has. */
  refused: string | null;
  /** Take it from him (接手). */
  takeOver: () => void;
}

/**
 * Takes a ticket when somebody begins to work on it, so that nobody does the same work. It is given
 * back when he leaves the ticket, not when he closes a form to read on. Asked again after each
 * change of the ticket: who changed it has mostly left it.
 */
export function useLease(no: string, isWorking: boolean, version: number | undefined): Leasing {
  const client = useQueryClient();
  const [refused, setRefused] = useState<string | null>(null);
  const hasAsked = useRef(false);
  const ask = useCallback(
    async (wish: Wish) => {
      const told = await inTurn((signal) => asked(no, wish, signal));
      await client.invalidateQueries({ queryKey: ["ticket", no, "situation"] });
      return told;
    },
    [client, no],
  );
  /** Of a lost request nothing is known: what was told before stays. */
  const heard = useCallback((told: string | null | undefined) => {
    if (told !== undefined) setRefused(told);
  }, []);
  useEffect(() => {
    if (!isWorking) return;
    const timer = window.setInterval(() => void ask("take").then(heard), RENEW);
    return () => window.clearInterval(timer);
  }, [ask, heard, isWorking]);
  useEffect(() => {
    if (!isWorking) return;
    hasAsked.current = true;
    void ask("take").then(heard);
  }, [ask, heard, isWorking, version]);
  useEffect(
    () => () => {
      if (hasAsked.current) void ask("release");
      hasAsked.current = false;
    },
    [ask],
  );
  const takeOver = useCallback(() => void ask("take_over").then(heard), [ask, heard]);
  return { refused, takeOver };
}

/** Who has it, where somebody else has; undefined: no answer. */
async function asked(no: string, wish: Wish, signal: AbortSignal): Promise<string | null | undefined> {
  const params = { path: { ticket_no: no } };
  const action = wish === "release" ? "release" : "take";
  const body = { action, take_over: wish === "take_over" } as const;
  try {
    await api.POST("/api/tickets/{ticket_no}/lease", { params, body, signal });
  } catch (error) {
    return error instanceof ApiError && error.code === "leased" ? textOf(error) : undefined;
  }
  return null;
}
