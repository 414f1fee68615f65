import { type ReactNode, useEffect, useState } from "react";

import { Keepers, KeepersContext } from "./keepers";

/** Holds the drafts of who is signed in; one for all pages, and one for each person. */
export function DraftsProvider({ children }: { children: ReactNode }) {
  const [keepers] = useState(() => new Keepers());

  useEffect(() => {
    const hidden = () => {
      if (document.visibilityState === "hidden") keepers.flush();
    };
    const leaving = (event: BeforeUnloadEvent) => {
      // The text is nowhere else: the browser asks whether to leave.
      if (keepers.hasUnsaved()) event.preventDefault();
    };
    window.addEventListener("pagehide", keepers.flush);
    window.addEventListener("beforeunload", leaving);
    document.addEventListener("visibilitychange", hidden);
    return () => {
      window.removeEventListener("pagehide", keepers.flush);
      window.removeEventListener("beforeunload", leaving);
      document.removeEventListener("visibilitychange", hidden);
      keepers.stop();
    };
  }, [keepers]);

  return <KeepersContext value={keepers}>{children}</KeepersContext>;
}
