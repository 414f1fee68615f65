import { createContext, useContext } from "react";

import type { components } from "../api/schema";

export type User = components["schemas"]["User"];
export type Role = User["roles"][number];

export interface Session {
  user: User;
  /** Ends the session on the server. */
  signOut: () => Promise<void>;
}

export const SessionContext = createContext<Session | null>(null);

/** Who is signed in; only below the sign-in page. */
export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === null) throw new Error("nobody is signed in here");
  return session;
}

/** Whether one of the roles is the user's. */
export function hasRole(user: User, roles: readonly Role[]): boolean {
  return user.roles.some((role) => roles.includes(role));
}
