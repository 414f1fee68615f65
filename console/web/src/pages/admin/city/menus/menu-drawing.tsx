import { Alert, Button } from "antd";

import type { components } from "../../../../api/schema";
import type { Fault } from "./menu-faults";
import type { Known } from "./menu-known";
import { KEYPAD } from "./menu-model";
import { placeWords } from "./menu-words";

type Drawing = components["schemas"]["MenuDrawing"];

interface Props {
  drawing: Drawing;
  known: Known;
  /** Shows a place in the form; null: there is none. */
  onOpen: ((path: readonly string[]) => void) | null;
}

/** The menus as callers go through them, or what is wrong with them. */
export function MenuDrawing({ drawing, known, onOpen }: Props) {
  const { boxes, arrows, faults } = drawing;
  if (faults.length > 0) return <Faults faults={faults} onOpen={onOpen} />;
  const labelOf = (id: string) => {
    const box = boxes.find((one) => one.id === id);
    if (box === undefined) return id;
    if (box.kind === "menu") return `菜单 ${box.label}`;
    if (box.kind !== "queue") return box.label;
    return `人工排队（${known.groups.find(({ value }) => value === box.label)?.label ?? box.label}）`;
  };
  const wordsOf = (key: string) => known.prompts.find((one) => one.key === key)?.text ?? key;
  const asked = boxes.filter(({ kind }) => kind === "entry" || kind === "menu");
  return (
    <>
      {asked.map((box) => (
        <article key={box.id} className="menu-box" aria-label={labelOf(box.id)}>
          <div className="menu-box-head">
            <strong>{labelOf(box.id)}</strong>
            {onOpen !== null && (
              <Button
                size="small"
                aria-label={`打开 ${labelOf(box.id)}`}
                onClick={() => onOpen(box.kind === "menu" ? ["nodes", box.label] : ["modes"])}
              >
                打开
              </Button>
            )}
          </div>
          {box.prompts.map((key, place) => (
            <p key={place}>“{wordsOf(key)}”</p>
          ))}
          <ul>
            {arrows
              .filter(({ source }) => source === box.id)
              .sort((one, other) => rank(one.key) - rank(other.key))
              .map(({ key, seconds, target }, place) => (
                <li key={place}>
                  {key !== null ? <kbd>{key}</kbd> : seconds !== null ? `${seconds} 秒不按键` : "进入"} →{" "}
                  {labelOf(target)}
                </li>
              ))}
          </ul>
        </article>
      ))}
    </>
  );
}

/** Keys as on a telephone, then what happens without one, then emergency. */
function rank(key: string | null): number {
  const place = key === null ? KEYPAD.length : KEYPAD.indexOf(key);
  return place < 0 ? KEYPAD.length + 1 : place;
}

function Faults({ faults, onOpen }: { faults: readonly Fault[]; onOpen: Props["onOpen"] }) {
  return (
    <Alert
      showIcon
      type="error"
      role="alert"
      title={`菜单有 ${faults.length} 处问题，不能发布`}
      description={
        <ul className="menu-faults" tabIndex={0} aria-label="菜单的问题">
          {faults.map(({ path, message }, place) => (
            <li key={place}>
              {placeWords(path)}：{message}
              {onOpen !== null && (
                <Button size="small" aria-label={`去改 ${placeWords(path)}`} onClick={() => onOpen(path)}>
                  去改
                </Button>
              )}
            </li>
          ))}
        </ul>
      }
    />
  );
}
