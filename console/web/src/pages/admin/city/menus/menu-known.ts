import type { Choice } from "../../../../forms/lookups";
import { type Prompt, useKinds, useNames, usePrompts } from "../city-api";

/** What menus can name. */
export interface Known {
  prompts: readonly Prompt[];
  groups: readonly Choice[];
  mayListen: boolean;
}

export function useKnown(): Known {
  const prompts = usePrompts();
  const { choices } = useNames("menus");
  const { data: kinds } = useKinds();
  return {
    prompts: prompts.data ?? [],
    groups: choices("groups"),
    // Who may change prompts may listen to them.
    mayListen: kinds?.some(({ kind, may_edit }) => kind === "prompts" && may_edit) ?? false,
  };
}
