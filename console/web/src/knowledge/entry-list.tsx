import { useEffect, useRef } from "react";

import { Badge } from "./badge";
import type { Entry } from "./entries";
import "./knowledge.css";

interface Props {
  id: string;
  label: string;
  entries: readonly Entry[];
  /** Code of the entry that the keys are on. */
  current: string | null;
  onOpen: (entry: Entry) => void;
}

/** Entries, one below the other; the keys are those of whoever holds the list. */
export function EntryList({ id, label, entries, current, onOpen }: Props) {
  const list = useRef<HTMLUListElement>(null);
  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  }, [current]);
  return (
    <ul id={id} ref={list} role="listbox" aria-label={label} tabIndex={-1} className="knowledge-list">
      {entries.map((entry) => (
        <li
          key={entry.code}
          id={`${id}-${entry.code}`}
          role="option"
          aria-selected={entry.code === current}
          onMouseDown={(event) => {
            // The focus stays where somebody is typing.
            event.preventDefault();
            onOpen(entry);
          }}
        >
          <span className="knowledge-title">{entry.title}</span>
          <Badge entry={entry} />
          <span className="knowledge-more">
            {entry.code} · {entry.unit_name}
            {entry.question !== null && entry.question !== entry.title && ` · “${entry.question}”`}
          </span>
        </li>
      ))}
    </ul>
  );
}
