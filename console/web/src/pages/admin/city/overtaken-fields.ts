import { type Fields, same } from "../../../drafts/merge";
import type { Field, Row } from "./schema";

/** The fields of a draft that others have published otherwise since it was begun. */
export function overtaken(fields: readonly Field[], draft: Fields, published: Row): Field[] {
  const mine = draft.row as Row | null | undefined;
  const base = draft.base as Row | null | undefined;
  if (mine == null || base == null) return [];
  return fields.filter(
    ({ name }) => name in mine && !same(base[name], published[name]) && !same(mine[name], published[name]),
  );
}
