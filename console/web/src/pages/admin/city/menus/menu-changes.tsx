import { type Keys, menusOf, textOfMenus } from "./menu-model";
import { actionWords, placeWords } from "./menu-words";

interface Props {
  before: unknown;
  after: unknown;
}

/** What a version changed of the menus, key by key. */
export function MenuChanges({ before, after }: Props) {
  const [old, fresh] = [wordsAt(before), wordsAt(after)];
  const changed = [...new Set([...old.keys(), ...fresh.keys()])].filter((place) => old.get(place) !== fresh.get(place));
  return (
    <dl className="menu-changes">
      {changed.map((place) => (
        <div key={place}>
          <dt>{place}</dt>
          <dd>
            {old.has(place) && <del>{old.get(place)}</del>} {fresh.has(place) && <ins>{fresh.get(place)}</ins>}
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** What stands at every place of the menus, in words. */
function wordsAt(document: unknown): Map<string, string> {
  const menus = menusOf(textOfMenus(document));
  const found = new Map<string, string>();
  const put = (words: string | number, ...path: string[]) => found.set(placeWords(path), String(words));
  const putKeys = (keys: Keys | undefined, ...path: string[]) =>
    Object.entries(keys ?? {}).forEach(([key, action]) => put(actionWords(action), ...path, key));
  Object.entries(menus?.modes ?? {}).forEach(([mode, name]) => put(`菜单 ${name}`, "modes", mode));
  Object.entries(menus?.nodes ?? {}).forEach(([name, { say = [], keys, silence, ...rest }]) => {
    if (say.length > 0) put(say.join(" → "), "nodes", name, "say");
    Object.entries(rest).forEach(([part, value]) => {
      if (typeof value === "string" || typeof value === "number") put(value, "nodes", name, part);
    });
    putKeys(keys, "nodes", name, "keys");
    put(actionWords(silence), "nodes", name, "silence");
  });
  Object.entries(menus?.waiting ?? {}).forEach(([mode, keys]) => putKeys(keys, "waiting", mode));
  return found;
}
