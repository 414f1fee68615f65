import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";

import { api } from "../../api/client";
import { ApiError, textOf } from "../../api/errors";

/** Well before the ten minutes of a lease are over. */
const RENEW = 4 * 60_000;

/**
 * Requests for leases go one after the other: a release is never overtaken by what is taken next,
 * nor does it end what was taken again meanwhile.
 */
export const ONE_BY_ONE = { id: "leases" };

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
  const { mutateAsync } = useMutation({ mutationFn: asked, scope: ONE_BY_ONE });
  const ask = useCallback(
    async (wish: Wish) => {
      const told = await mutateAsync({ no, wish });
      await client.invalidateQueries({ queryKey: ["ticket", no, "situation"] });
      return told;
    },
    [client, mutateAsync, no],
  );
  useEffect(() => {
    if (!isWorking) return;
    const timer = window.setInterval(() => void ask("take").then(setRefused), RENEW);
    return () => window.clearInterval(timer);
  }, [ask, isWorking]);
  useEffect(() => {
    if (!isWorking) return;
    hasAsked.current = true;
    void ask("take").then(setRefused);
  }, [ask, isWorking, version]);
  useEffect(
    () => () => {
      if (hasAsked.current) void ask("release");
      hasAsked.current = false;
    },
    [ask],
  );
  const takeOver = useCallback(() => void ask("take_over").then(setRefused), [ask]);
  return { refused, takeOver };
}

/** Who has it, where somebody else has. */
async function asked({ no, wish }: { no: string; wish: Wish }): Promise<string | null> {
  const params = { path: { ticket_no: no } };
  const action = wish === "release" ? "release" : "take";
  try {
    await api.POST("/api/tickets/{ticket_no}/lease", { params, body: { action, take_over: wish === "take_over" } });
  } catch (error) {
    if (error instanceof ApiError && error.code === "leased") return textOf(error);
  }
  return null;
}
