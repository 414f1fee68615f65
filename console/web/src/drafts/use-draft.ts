import { useContext, useEffect, useState, useSyncExternalStore } from "react";

import type { Shown } from "./keeper";
import { KeepersContext } from "./keepers";
import type { Aside, Fields } from "./merge";

export interface Draft extends Shown {
  /** The text in a box. */
  text: (name: string) => string;
  /** What the user typed or chose, by name; kept on the server within a second. */
  edit: (changes: Fields) => void;
  /** Forgets the draft. Like `discardSent` it never throws. */
  discard: () => Promise<void>;
  /** After these fields were sent: forgets them, and keeps what was typed since. */
  discardSent: (sent: Fields) => Promise<void>;
  dropAside: (one: Aside) => void;
  /** What another agent left in this call comes in (`useTakeOver`); the same for one key. */
  takeOver: (over: AbortSignal) => Promise<void>;
}

const NOTHING: Shown = { fields: {}, aside: [], saving: { state: "empty" } };
const never = () => () => undefined;
const nothing = () => NOTHING;
const nobody = () => Promise.resolve();

/**
 * What stands in the text boxes of a form, kept on the server (草稿) under a key such as
 * `desk:CALL_ID` or `ticket:NO:submit_reply`; null: there is no form now.
 *
 * It survives reloads, a killed browser, an ended session and conflicts, and is there on any
 * machine on which the same person signs in. `fields` are the only state a form needs.
 */
export function useDraft(key: string | null): Draft {
  const keepers = useContext(KeepersContext);
  if (keepers === null) throw new Error("no drafts here");
  const keeperOf = (wanted: string | null) => (wanted === null ? null : keepers.of(wanted));
  const [keeper, setKeeper] = useState(() => keeperOf(key));
  if ((keeper?.key ?? null) !== key) setKeeper(keeperOf(key));
  const shown = useSyncExternalStore(keeper?.subscribe ?? never, keeper?.current ?? nothing);

  useEffect(() => (keeper === null ? undefined : keepers.open(keeper)), [keepers, keeper]);

  return {
    ...shown,
    text: (name) => {
      const value = shown.fields[name];
      return typeof value === "string" ? value : "";
    },
    edit: (changes) => keeper?.edit(changes),
    discard: async () => keeper?.discard(),
    discardSent: async (sent) => keeper?.discardSent(sent),
    dropAside: (one) => keeper?.dropAside(one),
    takeOver: keeper?.takeOver ?? nobody,
  };
}
