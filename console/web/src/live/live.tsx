import {
  createContext,
  type ReactNode,
  useContext,
  useEffect,
  useState,
  useSyncExternalStore,
} from "react";

import { hasRole, type Role, useSession } from "../session/session";
import { LiveConnection, type LiveState } from "./connection";
import type { Notice } from "./messages";

const LiveContext = createContext<LiveConnection | null>(null);

/** Who works with calls, or supervises them: the others are told nothing. */
const LIVE_ROLES: readonly Role[] = ["agent", "callback_agent", "supervisor", "center_head"];

/** One live connection for all pages. */
export function LiveProvider({ children }: { children: ReactNode }) {
  const [connection] = useState(() => new LiveConnection());
  const { user } = useSession();
  const isTold = hasRole(user, LIVE_ROLES);
  useEffect(() => {
    if (!isTold) return;
    connection.open();
    return () => connection.close();
  }, [connection, isTold]);
  return <LiveContext value={connection}>{children}</LiveContext>;
}

function useConnection(): LiveConnection {
  const connection = useContext(LiveContext);
  if (connection === null) throw new Error("no live connection here");
  return connection;
}

/** What is known of the line now. */
export function useLive(): LiveState {
  const connection = useConnection();
  return useSyncExternalStore(connection.subscribe, connection.current);
}

/** `hear` gets each notice once. */
export function useNotices(hear: (notice: Notice) => void): void {
  const connection = useConnection();
  useEffect(() => connection.hear(hear), [connection, hear]);
}
