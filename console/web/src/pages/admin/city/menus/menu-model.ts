/** Menus of the phone line as the server keeps them (ivr/menus.py): read, and changed piece by piece. */
export type Mode = "menu" | "direct";
/** What a key can do. */
export type Deed = "queue" | "node" | "progress" | "message" | "stay";
export type Action = { queue: string; say?: string } | { node: string } | Exclude<Deed, "queue" | "node">;
/** By key; what is wrong stays as it is until somebody puts it right. */
export type Keys = Readonly<Record<string, unknown>>;

export interface MenuNode {
  say?: readonly string[];
  ask?: string | null;
  seconds?: number | null;
  attempts?: number | null;
  invalid?: string | null;
  keys?: Keys;
  silence?: unknown;
}

export interface Menus {
  modes: Readonly<Partial<Record<Mode, string>>>;
  nodes: Readonly<Record<string, MenuNode>>;
  waiting?: Readonly<Partial<Record<Mode, Keys>>>;
}

export const MODES: readonly Mode[] = ["menu", "direct"];
/** As on a telephone; 9 is emergency everywhere. */
export const KEYPAD: readonly string[] = ["1", "2", "3", "4", "5", "6", "7", "8", "*", "0", "#"];
export const DEEDS: readonly Deed[] = ["queue", "node", "progress", "message", "stay"];
/** What counts where a menu does not say it. */
export const USUAL = { seconds: 5, attempts: 2 } as const;

/** The menus that stand in a text; null: the form cannot show them. */
export function menusOf(text: string): Menus | null {
  const value = objectOf(text);
  if (value === null) return null;
  const { modes, nodes, waiting = {} } = value;
  const fits = isObject(modes) && isObject(nodes) && isObject(waiting);
  if (!fits || !Object.values(modes).every((one) => typeof one === "string")) return null;
  if (!Object.values(nodes).every(isNode) || !Object.values(waiting).every(isObject)) return null;
  return value as unknown as Menus;
}

/** null: no JSON object. */
export function objectOf(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

export function textOfMenus(menus: unknown): string {
  return JSON.stringify(menus, null, 2);
}

function isNode(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { say = [], keys = {} } = value;
  return Array.isArray(say) && say.every((one) => typeof one === "string") && isObject(keys);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What an action does; null: nothing that there is. */
export function deedOf(action: unknown): Deed | null {
  const named = isObject(action) ? (action.verb ?? DEEDS.find((one) => one in action)) : action;
  return DEEDS.find((one) => one === named) ?? null;
}

/** A part of an action: the skill group, the menu, the prompt. */
export function partOfAction(action: unknown, part: "queue" | "node" | "say"): string | undefined {
  const value = isObject(action) ? action[part] : undefined;
  return typeof value === "string" && value !== "" ? value : undefined;
}

export function withNode(menus: Menus, name: string, node: MenuNode): Menus {
  return { ...menus, nodes: { ...menus.nodes, [name]: node } };
}

export function withoutNode(menus: Menus, name: string): Menus {
  return { ...menus, nodes: without(menus.nodes, name) };
}

/** null: the key does nothing any more. */
export function withKey(keys: Keys, key: string, action: Action | null): Keys {
  return action === null ? without(keys, key) : { ...keys, [key]: action };
}

function without<T>(from: Readonly<Record<string, T>>, name: string): Record<string, T> {
  return Object.fromEntries(Object.entries(from).filter(([one]) => one !== name));
}

/** Where callers are led to this menu from elsewhere: paths of modes, keys and silences. */
export function waysTo(menus: Menus, name: string): string[][] {
  const leads = (action: unknown) => deedOf(action) === "node" && partOfAction(action, "node") === name;
  const keysOf = (keys: Keys | undefined, ...at: string[]) =>
    Object.entries(keys ?? {}).flatMap(([key, action]) => (leads(action) ? [[...at, key]] : []));
  const others = Object.entries(menus.nodes).filter(([other]) => other !== name);
  return [
    ...MODES.filter((mode) => menus.modes[mode] === name).map((mode) => ["modes", mode]),
    ...others.flatMap(([other, node]) => [
      ...keysOf(node.keys, "nodes", other, "keys"),
      ...(leads(node.silence) ? [["nodes", other, "silence"]] : []),
    ]),
    ...MODES.flatMap((mode) => keysOf(menus.waiting?.[mode], "waiting", mode)),
  ];
}
