import { type QueryClient, useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Result, Spin } from "antd";
import { type ReactNode, useCallback, useEffect, useMemo, useState } from "react";

import { api, got, onSignedOut, setCsrfToken } from "../api/client";
import { ApiError, textOf } from "../api/errors";
import { DraftsProvider } from "../drafts/drafts-provider";
import { type Session, SessionContext, type User } from "./session";
import { SignIn } from "./sign-in";

/**
 * Shows `children` to who is signed in, else the sign-in page.
 *
 * A session that ends while somebody works lays the sign-in over the page: what stands on it stays
 * as it is, and goes on once the same person is back.
 */
export function SessionProvider({ children }: { children: ReactNode }) {
  const client = useQueryClient();
  const [expired, setExpired] = useState(false);
  const session = useQuery({
    queryKey: ["session"],
    queryFn: whoIsSignedIn,
    staleTime: Infinity,
    retry: false,
  });
  const user = session.data ?? null;

  useEffect(() => onSignedOut(() => setExpired(true)), []);

  const signedIn = useCallback(
    (next: User) => {
      setCsrfToken(next.csrf_token);
      if (user !== null && user.name !== next.name) forget(client);
      client.setQueryData(["session"], next);
      setExpired(false);
    },
    [client, user],
  );
  const signOut = useCallback(async () => {
    await api.DELETE("/api/session");
    setCsrfToken(null);
    forget(client);
    client.setQueryData(["session"], null);
  }, [client]);
  const value = useMemo<Session | null>(() => user && { user, signOut }, [user, signOut]);

  if (session.isPending) return <Spin fullscreen description="正在打开工作台" />;
  if (session.isError) {
    return (
      <Result
        status="warning"
        title="连不上热线服务器"
        subTitle={textOf(session.error)}
        extra={<Button onClick={() => void session.refetch()}>再试一次</Button>}
      />
    );
  }
  if (value === null) return <SignIn onSignedIn={signedIn} />;
  return (
    <SessionContext value={value}>
      <DraftsProvider key={value.user.name}>{children}</DraftsProvider>
      {expired && <SignIn onSignedIn={signedIn} again={value.user.name} />}
    </SessionContext>
  );
}

/** What one person saw is nothing for the next. */
function forget(client: QueryClient): void {
  client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== "session" });
}

async function whoIsSignedIn(): Promise<User | null> {
  try {
    const user = got(await api.GET("/api/session"));
    setCsrfToken(user.csrf_token);
    return user;
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return null;
    throw error;
  }
}
