import type { Menus } from "./menu-model";

/** What is wrong with the menus, and where. */
export interface Fault {
  path: readonly string[];
  message: string;
}

/** What is wrong at a place or below it. */
export function faultAt(faults: readonly Fault[], ...place: readonly string[]): string | undefined {
  const found = faults.filter(({ path }) => place.every((part, at) => path[at] === part));
  return told(found);
}

/** What is wrong with the place itself. */
export function faultOf(faults: readonly Fault[], ...place: readonly string[]): string | undefined {
  const found = faults.filter(({ path }) => path.length === place.length && place.every((part, at) => path[at] === part));
  return told(found);
}

function told(faults: readonly Fault[]): string | undefined {
  return faults.length === 0 ? undefined : [...new Set(faults.map(({ message }) => message))].join("；");
}

const BELOW = "entries.menus.";

/** The place that a refusal of the server names; names of menus may have points in them. */
export function pathOf(field: string | null, menus: Menus): readonly string[] | null {
  if (field?.startsWith(BELOW) !== true) return null;
  const [part, rest] = halves(field.slice(BELOW.length));
  if (part !== "nodes" || rest === "") return [part, ...rest.split(".")];
  const named = Object.keys(menus.nodes).filter((name) => rest === name || rest.startsWith(`${name}.`));
  const name = named.sort((one, other) => other.length - one.length)[0];
  if (name === undefined) return [part, ...rest.split(".")];
  return [part, name, ...rest.slice(name.length + 1).split(".").filter(Boolean)];
}

function halves(text: string): [string, string] {
  const at = text.indexOf(".");
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}
