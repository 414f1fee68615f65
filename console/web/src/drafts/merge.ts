/** What stands in the text boxes of one draft, by name. */
export type Fields = Record<string, unknown>;

/** A text of another page, or of a colleague, that had to give way to what stands here. */
export interface Aside {
  name: string;
  value: unknown;
  at: string;
  /** Of the agent who had the call before. */
  isColleagues?: boolean;
}

export interface Merged {
  fields: Fields;
  aside: Aside[];
}

/**
 * Joins what stands here and what another page of the same person saved.
 *
 * `base`: what both began with. A field that only one of them changed is his; where both changed
 * it, this page keeps what stands in it and the other text is put aside, for the user to look at.
 */
export function merge(base: Fields, ours: Fields, theirs: Fields, at: string): Merged {
  const fields: Fields = { ...ours };
  const aside: Aside[] = [];
  for (const [name, value] of Object.entries(theirs)) {
    if (same(value, ours[name]) || same(value, base[name])) continue;
    if (same(ours[name], base[name]) || isEmpty(ours[name])) fields[name] = value;
    else if (!isEmpty(value)) aside.push({ name, value, at });
  }
  return { fields, aside };
}

export function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one ?? null) === JSON.stringify(other ?? null);
}

export function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  if (typeof value === "string") return value.trim() === "";
  return Array.isArray(value) && value.length === 0;
}

/** Control characters, which the server refuses, come with texts that are pasted. */
export function printable(fields: Fields): Fields {
  const clean = (value: unknown): unknown => {
    if (typeof value === "string") return value.replace(CONTROL, kept);
    if (Array.isArray(value)) return value.map(clean);
    if (typeof value === "object" && value !== null) {
      return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, clean(one)]));
    }
    return value;
  };
  return clean(fields) as Fields;
}

// Halves of surrogate pairs are no characters either.
const CONTROL = /[\p{Cc}\p{Cs}]/gu;

function kept(character: string): string {
  return "\t\n\r".includes(character) ? character : "";
}
