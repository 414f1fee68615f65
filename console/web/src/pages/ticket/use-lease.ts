import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useState } from "react";

import { api } from "../../api/client";
import { ApiError, textOf } from "../../api/errors";

/** Well before the ten minutes of a lease are over. */
const RENEW = 4 * 60_000;

/**
 * Takes a ticket while somebody works on it, so that nobody does the same work; `refused` says who
 * has it. Asked again after each change of the ticket: who changed it has mostly left it.
 */
export function useLease(no: string, isWorking: boolean, version: number | undefined): { refused: string | null } {
  const client = useQueryClient();
  const [refused, setRefused] = useState<string | null>(null);
  const ask = useCallback(
    async (action: "take" | "release") => {
      const told = await asked(no, action);
      await client.invalidateQueries({ queryKey: ["ticket", no, "situation"] });
      return told;
    },
    [client, no],
  );
  useEffect(() => {
    if (!isWorking) return;
    const take = () => void ask("take").then(setRefused);
    const timer = window.setInterval(take, RENEW);
    return () => {
      window.clearInterval(timer);
      void ask("release");
    };
  }, [ask, isWorking]);
  useEffect(() => {
    if (isWorking) void ask("take").then(setRefused);
  }, [ask, isWorking, version]);
  return { refused };
}

/** Who has it, where somebody else has. */
async function asked(no: string, action: "take" | "release"): Promise<string | null> {
  const params = { path: { ticket_no: no } };
  try {
    await api.POST("/api/tickets/{ticket_no}/lease", { params, body: { action } });
  } catch (error) {
    if (error instanceof ApiError && error.code === "leased") return textOf(error);
  }
  return null;
}
