import { KEYPAD, type MenuNode } from "./menu-model";

/** How prompts say keys: 请按三, 按井号键; not 按一下. */
const SPOKEN = /按([0-9零〇一二三四五六七八九*#]|星|井)(?!下)/g;
const DIGITS = "零一二三四五六七八九";
/** Works everywhere, and is none of the menu's keys. */
const EMERGENCY = "9";

/** The keys that a text tells callers to press. */
export function keysIn(text: string): Set<string> {
  return new Set([...text.matchAll(SPOKEN)].map(([, said = ""]) => keyOf(said)));
}

function keyOf(said: string): string {
  if (said === "星") return "*";
  if (said === "井") return "#";
  if (said === "〇") return "0";
  const digit = DIGITS.indexOf(said);
  return digit < 0 ? said : String(digit);
}

/** Where the words of a menu and its keys do not agree. */
export function disagreements(node: MenuNode, textOf: (prompt: string) => string | undefined): string[] {
  const texts = [...(node.say ?? []), node.ask ?? ""].map((prompt) => textOf(prompt) ?? "");
  const spoken = keysIn(texts.join("。"));
  const keys = new Set(Object.keys(node.keys ?? {}));
  const inOrder = (found: Iterable<string>) =>
    [...found].sort((one, other) => KEYPAD.indexOf(one) - KEYPAD.indexOf(other)).join("、");
  const lacking = [...spoken].filter((key) => key !== EMERGENCY && !keys.has(key));
  const silent = [...keys].filter((key) => !spoken.has(key));
  return [
    ...(lacking.length > 0 ? [`提示音请来电人按 ${inOrder(lacking)}，但菜单里没有设这个键，按了算按错`] : []),
    ...(silent.length > 0 && keys.size > 0 ? [`按键 ${inOrder(silent)} 在提示音里没有说到，来电人不会知道`] : []),
  ];
}
