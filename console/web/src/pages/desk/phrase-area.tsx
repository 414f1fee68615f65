import { useQuery } from "@tanstack/react-query";
import { type KeyboardEvent, type Ref, useId, useImperativeHandle, useRef, useState } from "react";

import { api, got } from "../../api/client";
import type { components } from "../../api/schema";

type Phrase = components["schemas"]["Phrase"];

/** Text before the cursor that asks for a phrase: a / and the initials of its name. */
const ASKED = /\/([a-z\u4e00-\u9fff]{0,8})$/;

/** A text box in which `/` and initials find a phrase: one to write is inserted (常用语), one to
 *  say (话术) stands below the box until the next key. */
export function PhraseArea({
  label,
  value,
  onChange,
  rows,
  areaRef,
}: {
  label: string;
  value: string;
  onChange: (text: string) => void;
  rows: number;
  areaRef?: Ref<HTMLTextAreaElement | null>;
}) {
  const id = useId();
  const area = useRef<HTMLTextAreaElement>(null);
  useImperativeHandle<HTMLTextAreaElement | null, HTMLTextAreaElement | null>(
    areaRef,
    () => area.current,
  );
  const [cursor, setCursor] = useState(0);
  const [at, setAt] = useState(0);
  const [isClosed, setClosed] = useState(false);
  const [saying, setSaying] = useState("");
  const phrases = useQuery({
    queryKey: ["phrases"],
    queryFn: async () => got(await api.GET("/api/phrases")),
    staleTime: Infinity,
  });
  const asked = ASKED.exec(value.slice(0, cursor))?.[1];
  const listed =
    asked === undefined || isClosed
      ? []
      : (phrases.data ?? [])
          .filter(({ name, initials }) => initials.startsWith(asked) || name.includes(asked))
          .sort((one, other) => Number(one.use === "say") - Number(other.use === "say"))
          .slice(0, 8);

  const choose = ({ use, text: phrase }: Phrase) => {
    const text = use === "write" ? phrase : "";
    setSaying(use === "say" ? phrase : "");
    const start = cursor - (asked ?? "").length - 1;
    onChange(value.slice(0, start) + text + value.slice(cursor));
    const end = start + text.length;
    setCursor(end);
    window.requestAnimationFrame(() => area.current?.setSelectionRange(end, end));
  };
  const pressed = (event: KeyboardEvent) => {
    if (listed.length === 0 || event.nativeEvent.isComposing) return;
    const act: Record<string, () => void> = {
      ArrowDown: () => setAt((place) => Math.min(place + 1, listed.length - 1)),
      ArrowUp: () => setAt((place) => Math.max(place - 1, 0)),
      Escape: () => setClosed(true),
      Enter: () => {
        const chosen = listed[at];
        if (chosen !== undefined) choose(chosen);
      },
    };
    const found = event.ctrlKey || event.altKey ? undefined : act[event.key];
    if (found === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    found();
  };
  return (
    <div className="phrase-area">
      <label htmlFor={id}>{label}</label>
      <textarea
        id={id}
        ref={area}
        rows={rows}
        maxLength={20_000}
        value={value}
        placeholder="按 / 插入常用语"
        onChange={(event) => {
          onChange(event.target.value);
          setCursor(event.target.selectionStart);
          setAt(0);
          setClosed(false);
          setSaying("");
        }}
        onSelect={(event) => setCursor(event.currentTarget.selectionStart)}
        onKeyDown={pressed}
      />
      {saying !== "" && (
        <p className="phrase-saying" role="status">
          请说：{saying}
        </p>
      )}
      {listed.length > 0 && (
        <ul className="picker-list phrase-list" role="listbox" aria-label="常用语">
          {listed.map((one, place) => (
            <li
              key={one.name}
              role="option"
              aria-selected={place === at}
              onMouseDown={(event) => {
                event.preventDefault();
                choose(one);
              }}
            >
              <b>{one.name}</b> {one.use === "say" && "（话术）"} <span className="picker-more">{one.text}</span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
