import type { Field, Row } from "./schema";
import { textOf } from "./words";

/** What is wrong with an entry, in words, by the path of the field: `contacts.0.number`. */
export type Faults = ReadonlyMap<string, string>;

/** What is plainly wrong before anything is sent; the rest is the server's to find. */
export function faultsOf(fields: readonly Field[], row: Row, above = ""): Map<string, string> {
  const found = new Map<string, string>();
  for (const field of fields) {
    const path = `${above}${field.name}`;
    const value = row[field.name];
    const fault = faultOf(field, value);
    if (fault !== null) found.set(path, fault);
    if (field.kind !== "rows" || !Array.isArray(value)) continue;
    (value as Row[]).forEach((one, place) =>
      faultsOf(field.fields, one, `${path}.${place}.`).forEach((text, inner) => found.set(inner, text)),
    );
  }
  return found;
}

function faultOf(field: Field, value: unknown): string | null {
  const { kind, title, isRequired, pattern, minLength, minItems, minimum, maximum } = field;
  const isChosen = ["choice", "choices", "date", "moment"].includes(kind) || field.names !== null;
  if (isNothing(value)) return isRequired ? `请${isChosen ? "选择" : "填写"}${title}` : null;
  if (Array.isArray(value)) return value.length < minItems ? `请至少填写${minItems}项` : null;
  if (typeof value === "number") {
    if (minimum !== undefined && value < minimum) return `请填写不小于${minimum}的数`;
    return maximum !== undefined && value > maximum ? `请填写不大于${maximum}的数` : null;
  }
  const text = textOf(value).trim();
  if (text.length < minLength) return `请填写至少${minLength}个字`;
  return pattern !== null && !pattern.test.test(text) ? pattern.wanted || `${title}的写法不对` : null;
}

function isNothing(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return value === null || value === undefined || (typeof value === "string" && value.trim() === "");
}

/** What is wrong at a field or, where no row of it shows that itself, below it. */
export function faultAt(faults: Faults, field: Field, path = field.name): string | undefined {
  const own = faults.get(path);
  if (own !== undefined) return own;
  const isShownInside = (rest: string) =>
    field.fields.some(({ name }) => new RegExp(`^\\d+\\.${name}(\\.|$)`).test(rest));
  const below = [...faults].find(([one]) => one.startsWith(`${path}.`) && !isShownInside(one.slice(path.length + 1)));
  return below?.[1];
}

/** The names of the fields at fault, as the form calls them. */
export function namesOf(faults: Faults, fields: readonly Field[]): string {
  const named = fields.filter(({ name }) => [...faults.keys()].some((path) => path === name || path.startsWith(`${name}.`)));
  return named.map(({ title }) => title).join("、");
}

/** The element of a field. */
export function idAt(path: string): string {
  return `city-${path.replaceAll(".", "-")}`;
}
