import { useEffect, useState, useSyncExternalStore } from "react";

import { DraftKeeper, type Shown } from "./keeper";
import type { Aside, Fields } from "./merge";

export interface Draft extends Shown {
  /** The text in a box. */
  text: (name: string) => string;
  /** What the user typed or chose, by name; kept on the server within a second. */
  edit: (changes: Fields) => void;
  /** After the text was sent: forgets the draft. */
  discard: () => Promise<void>;
  dropAside: (one: Aside) => void;
}

const NOTHING: Shown = { fields: {}, aside: [], saving: { state: "empty" } };
const never = () => () => undefined;
const nothing = () => NOTHING;

/**
 * What stands in the text boxes of a form, kept on the server (草稿) under a key such as
 * `desk:CALL_ID` or `ticket:NO:submit_reply`; null: there is no form now.
 *
 * It survives reloads, a killed browser, an ended session and conflicts, and is there on any
 * machine on which the same person signs in. `fields` are the only state a form needs.
 */
export function useDraft(key: string | null): Draft {
  const [keeper, setKeeper] = useState(() => keeperOf(key));
  if ((keeper?.key ?? null) !== key) setKeeper(keeperOf(key));
  const shown = useSyncExternalStore(keeper?.subscribe ?? never, keeper?.current ?? nothing);

  useEffect(() => {
    if (keeper === null) return;
    const leaving = () => {
      if (document.visibilityState === "hidden") keeper.flush();
    };
    keeper.open();
    window.addEventListener("pagehide", keeper.flush);
    document.addEventListener("visibilitychange", leaving);
    return () => {
      window.removeEventListener("pagehide", keeper.flush);
      document.removeEventListener("visibilitychange", leaving);
      keeper.close();
    };
  }, [keeper]);

  return {
    ...shown,
    text: (name) => {
      const value = shown.fields[name];
      return typeof value === "string" ? value : "";
    },
    edit: (changes) => keeper?.edit(changes),
    discard: async () => keeper?.discard(),
    dropAside: (one) => keeper?.dropAside(one),
  };
}

function keeperOf(key: string | null): DraftKeeper | null {
  return key === null ? null : new DraftKeeper(key);
}
