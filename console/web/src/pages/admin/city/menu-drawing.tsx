import { Alert } from "antd";

import type { components } from "../../../api/schema";

type Drawing = components["schemas"]["MenuDrawing"];

/** The menus as callers go through them, or what is wrong with them. */
export function MenuDrawing({ drawing }: { drawing: Drawing }) {
  const { boxes, arrows, faults } = drawing;
  if (faults.length > 0) {
    return (
      <Alert
        showIcon
        type="error"
        title={`菜单有 ${faults.length} 处问题，不能发布`}
        description={
          <ul className="city-gaps" tabIndex={0} aria-label="菜单的问题">
            {faults.map(({ path, message }, place) => (
              <li key={place}>
                {path.join(" › ")}：{message}
              </li>
            ))}
          </ul>
        }
      />
    );
  }
  const labelOf = (id: string) => {
    const box = boxes.find((one) => one.id === id);
    if (box === undefined) return id;
    return box.kind === "queue" ? `人工排队（${box.label}）` : box.kind === "menu" ? `菜单 ${box.label}` : box.label;
  };
  const asked = boxes.filter(({ kind }) => kind === "entry" || kind === "menu");
  return (
    <>
      {asked.map((box) => (
        <article key={box.id} className="menu-box" aria-label={labelOf(box.id)}>
          <strong>{labelOf(box.id)}</strong>
          {box.prompts.length > 0 && <span>：播放 {box.prompts.join(" → ")}</span>}
          <ul>
            {arrows
              .filter(({ source }) => source === box.id)
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
