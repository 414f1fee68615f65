import { useQueryClient } from "@tanstack/react-query";
import { Button, Typography } from "antd";
import { type KeyboardEvent, type Ref, useId, useState } from "react";

import { textOf } from "../api/errors";
import { Badge, whyNotCited } from "./badge";
import { entriesOf, type Entry, useEntries, useProposals, useSettled } from "./entries";
import { EntryList } from "./entry-list";
import { EntryText } from "./entry-text";
import "./knowledge.css";

interface Props {
  /** What the citizen has said so far; entries that may answer it are proposed. */
  heard?: string;
  /** An entry was chosen as what the answer rests on; its `ref` is not null. Undefined: nothing is answered now. */
  onCite?: ((entry: Entry) => void) | undefined;
  inputRef?: Ref<HTMLInputElement>;
}

const NONE: readonly Entry[] = [];
const SHOWN = 20;

/**
 * 知识库: found by typing (spoken words, pinyin initials, codes) or by what is being said.
 *
 * ↑ ↓ move, Enter opens, Enter again cites, Esc goes back. It never takes the focus, and while an
 * entry is open or chosen new proposals wait.
 */
export function KnowledgeSearch({ heard = "", onCite, inputRef }: Props) {
  const id = useId();
  const queries = useQueryClient();
  const [typed, setTyped] = useState("");
  const [kept, setKept] = useState<readonly Entry[] | null>(null);
  const [current, setCurrent] = useState<string | null>(null);
  const [isOpen, setOpen] = useState(false);
  const q = useSettled(typed.trim(), 150);
  const found = useEntries({ q, limit: SHOWN }, q !== "");
  const proposed = useProposals(heard);

  const isTyped = typed.trim() !== "";
  const fresh = (isTyped ? found.data?.entries : proposed.data) ?? NONE;
  const listed = kept ?? fresh;
  const entry = listed.find((one) => one.code === current);
  const isSettled = q === typed.trim() && !found.isPlaceholderData && found.data !== undefined;

  const type = (text: string) => {
    setTyped(text);
    setKept(null);
    setCurrent(null);
    setOpen(false);
  };
  const move = (by: number) => {
    if (listed.length === 0) return;
    const at = listed.findIndex((one) => one.code === current);
    const next = listed[Math.max(0, Math.min(at + by, listed.length - 1))];
    setKept(listed);
    setCurrent(next?.code ?? null);
  };
  const open = (one: Entry, among = listed) => {
    setKept(among);
    setCurrent(one.code);
    setOpen(true);
  };
  const openBest = async () => {
    // Who types fast presses Enter before the answer is there.
    const isShown = !isTyped || isSettled;
    const best = isShown ? listed : (await queries.fetchQuery(entriesOf({ q: typed.trim(), limit: SHOWN }))).entries;
    const one = entry ?? best[0];
    if (one !== undefined) open(one, best);
  };
  const back = () => {
    setOpen(false);
    if (!isTyped) {
      setKept(null);
      setCurrent(null);
    }
  };
  const cite = (one: Entry) => {
    if (one.ref !== null) onCite?.(one);
  };
  const pressed = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing || event.ctrlKey || event.altKey) return;
    const act = {
      ArrowDown: () => move(1),
      ArrowUp: () => move(-1),
      Enter: () => {
        if (isOpen && entry !== undefined) cite(entry);
        else void openBest();
      },
      Escape: isOpen ? back : isTyped ? () => type("") : undefined,
    }[event.key];
    if (act === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  };

  return (
    <section className="knowledge-search" aria-label="知识库">
      <input
        ref={inputRef}
        role="combobox"
        aria-label="查知识库"
        aria-expanded={listed.length > 0 && !isOpen}
        aria-controls={`${id}-list`}
        aria-activedescendant={!isOpen && entry !== undefined ? `${id}-list-${entry.code}` : undefined}
        aria-autocomplete="list"
        autoComplete="off"
        placeholder="查知识库（Alt+K）：口语、首字母、编号"
        value={typed}
        maxLength={300}
        onChange={(event) => type(event.target.value)}
        onKeyDown={pressed}
      />
      {isOpen && entry !== undefined ? (
        <div className="knowledge-open">
          <div className="knowledge-head">
            <strong>{entry.title}</strong>
            <Badge entry={entry} />
          </div>
          <EntryText entry={entry} compact />
          <div className="knowledge-actions">
            {onCite !== undefined && (
              <Button
                type="primary"
                size="small"
                disabled={entry.ref === null}
                title={whyNotCited(entry) ?? undefined}
                onClick={() => cite(entry)}
              >
                引用 <kbd>Enter</kbd>
              </Button>
            )}
            <Button size="small" onClick={back}>
              返回 <kbd>Esc</kbd>
            </Button>
          </div>
        </div>
      ) : (
        <>
          {!isTyped && listed.length > 0 && (
            <Typography.Text type="secondary" className="knowledge-note">
              按通话内容推荐
              {kept !== null && kept !== fresh && (
                <Button type="link" size="small" onClick={back}>
                  有新的推荐
                </Button>
              )}
            </Typography.Text>
          )}
          <EntryList
            id={`${id}-list`}
            label={isTyped ? "查到的条目" : "推荐的条目"}
            entries={listed}
            current={current}
            onOpen={(one) => open(one)}
          />
          {isTyped && found.isError && <Typography.Text type="danger">{textOf(found.error)}</Typography.Text>}
          {isTyped && isSettled && found.data?.total === 0 && (
            <Typography.Text type="secondary">没有查到，请换个说法</Typography.Text>
          )}
        </>
      )}
    </section>
  );
}
