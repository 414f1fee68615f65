import { type Deed, deedOf, type Mode, partOfAction } from "./menu-model";

export const MODE_WORDS: Record<Mode, string> = { menu: "菜单模式", direct: "直接人工" };

export const DEED_WORDS: Record<Deed, string> = {
  queue: "转人工",
  node: "转到另一菜单",
  progress: "查询办理进度",
  message: "登记留言",
  stay: "继续等待",
};

export const WAITING = "排队时的按键";
const PARTS: Record<string, string> = {
  ask: "询问",
  seconds: "等待按键",
  attempts: "按错次数",
  invalid: "按错后播放",
  silence: "不按键时",
  queue: "技能组",
  node: "菜单",
};

/** What an action does, in a comparison. */
export function actionWords(action: unknown): string {
  const deed = deedOf(action);
  if (deed === null) return "（无效）";
  if (deed === "node") return `转到菜单 ${partOfAction(action, "node") ?? ""}`;
  if (deed !== "queue") return DEED_WORDS[deed];
  const say = partOfAction(action, "say");
  return `转人工 ${partOfAction(action, "queue") ?? ""}${say === undefined ? "" : `（先播放 ${say}）`}`;
}

/** A place in the menus, as the form names it. */
export function placeWords(path: readonly string[]): string {
  const [part = "", name, ...rest] = path;
  switch (part) {
    case "modes":
      return joined("入口", name && modeWord(name));
    case "waiting":
      return joined(WAITING, name && modeWord(name), rest[0] && `按键 ${rest[0]}`, rest[1] && "转接前播放");
    case "nodes":
      return joined(name === undefined ? "菜单" : `菜单 ${name}`, ...insideNode(rest));
    default:
      return path.join(" › ");
  }
}

function insideNode([part, name, ...rest]: readonly string[]): string[] {
  if (part === undefined) return [];
  if (part === "say") return [name === undefined ? "先播放" : `先播放第 ${Number(name) + 1} 段`];
  if (part === "keys" && name !== undefined) return [`按键 ${name}`, ...(rest.length > 0 ? ["转接前播放"] : [])];
  if (part === "silence" && name !== undefined) return ["不按键时", "转接前播放"];
  return [PARTS[part] ?? part];
}

function modeWord(mode: string): string {
  return mode in MODE_WORDS ? MODE_WORDS[mode as Mode] : mode;
}

function joined(...parts: readonly (string | undefined)[]): string {
  return parts.filter(Boolean).join(" › ");
}
