import { useQueryClient } from "@tanstack/react-query";
import { Button, Empty, Spin, Typography } from "antd";
import { type KeyboardEvent, useRef, useState } from "react";
import { useSearchParams } from "react-router";

import { textOf } from "../../api/errors";
import { usePlainKeys } from "../../keys/use-plain-keys";
import { entriesOf, type Entry, type EntryQuery, useEntries, useEntry, useSettled } from "../../knowledge/entries";
import { EntryList } from "../../knowledge/entry-list";
import { SUPERVISING, UNIT_ROLES } from "../../session/roles";
import { hasRole, useSession } from "../../session/session";
import { EntryForm } from "./entry-form";
import { EntryView } from "./entry-view";
import { type Chosen, Filters, VIEWS } from "./filters";
import "./page.css";

/** Entries that are listed; of a search the best. */
const SHOWN = 200;
const BEST = 20;
const NONE: readonly Entry[] = [];
const LIST = "knowledge-list";

/** 知识库: / looks for entries, J and K move, Enter opens; to the right the entry, or its form. */
export default function Knowledge() {
  const { user } = useSession();
  const keeps = hasRole(user, ["kb_editor", "auditor", ...SUPERVISING, ...UNIT_ROLES]);
  const [place, setPlace] = useSearchParams();
  const code = place.get("code");
  const [typed, setTyped] = useState("");
  const [chosen, setChosen] = useState<Chosen>({ view: "current" });
  const [current, setCurrent] = useState<string | null>(code);
  const [form, setForm] = useState<"new" | "revise" | null>(null);
  const box = useRef<HTMLInputElement>(null);
  const queries = useQueryClient();

  const { view, ...narrowed } = chosen;
  const wanted = (text: string): EntryQuery => ({
    ...(text === "" ? { limit: SHOWN } : { q: text, limit: BEST }),
    ...VIEWS[view].query,
    ...narrowed,
  });
  const q = useSettled(typed.trim(), 150);
  const found = useEntries(wanted(q));
  const opened = useEntry(code);
  const listed = found.data?.entries ?? NONE;
  const at = listed.findIndex((one) => one.code === current);

  const open = (one: Entry | undefined) => {
    if (one === undefined) return;
    setCurrent(one.code);
    setForm(null);
    setPlace({ code: one.code }, { replace: true });
  };
  /** On a phone the list is behind what is open. */
  const close = () => {
    setForm(null);
    setPlace({}, { replace: true });
  };
  const move = (by: number) => {
    const next = listed[Math.max(0, Math.min(at + by, listed.length - 1))];
    setCurrent(next?.code ?? null);
  };
  const openCurrent = async () => {
    // Who types fast presses Enter before the answer is there.
    const isShown = q === typed.trim() && !found.isPlaceholderData;
    const best = isShown ? listed : (await queries.fetchQuery(entriesOf(wanted(typed.trim())))).entries;
    open(listed[at] ?? best[0]);
  };
  const decided = () => {
    // The next of the list, as it was before the decision.
    if (view === "waiting") open(listed[at + 1] ?? listed[at - 1]);
  };
  const isListing = form === null;
  const hasKeys = usePlainKeys({
    "/": () => box.current?.focus(),
    j: isListing ? () => move(1) : undefined,
    k: isListing ? () => move(-1) : undefined,
    Enter: isListing ? () => void openCurrent() : undefined,
  });
  const pressed = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    const act = {
      ArrowDown: () => move(1),
      ArrowUp: () => move(-1),
      Enter: () => {
        void openCurrent();
        box.current?.blur();
      },
      Escape: () => (typed === "" ? box.current?.blur() : setTyped("")),
    }[event.key];
    if (act === undefined) return;
    event.preventDefault();
    act();
  };

  return (
    <div className={form === null && code === null ? "knowledge-page" : "knowledge-page is-open"}>
      <section aria-label="条目" className="knowledge-find">
        <div className="knowledge-top">
          <h1>知识库</h1>
          <Typography.Text type="secondary">
            {found.data !== undefined && counted(listed.length, found.data.total)}
          </Typography.Text>
          {hasRole(user, ["kb_editor", ...UNIT_ROLES]) && (
            <Button size="small" onClick={() => setForm("new")}>
              新增条目
            </Button>
          )}
        </div>
        <input
          ref={box}
          role="combobox"
          aria-label="查知识库"
          aria-expanded={listed.length > 0}
          aria-controls={LIST}
          aria-activedescendant={at >= 0 ? `${LIST}-${current}` : undefined}
          aria-autocomplete="list"
          autoComplete="off"
          placeholder={`口语、拼音首字母、编号${hasKeys ? "（/ 查找，J K 上下，Enter 打开）" : ""}`}
          value={typed}
          maxLength={300}
          onChange={(event) => {
            setTyped(event.target.value);
            setCurrent(null);
          }}
          onKeyDown={pressed}
        />
        <Filters
          chosen={chosen}
          keeps={keeps}
          onChoose={(next) => {
            setChosen(next);
            setCurrent(null);
          }}
        />
        {found.isError && <Typography.Text type="danger">{textOf(found.error)}</Typography.Text>}
        <EntryList id={LIST} label="条目" entries={listed} current={current} onOpen={open} />
        {found.data?.total === 0 && (
          <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={view === "waiting" ? "没有待审核的条目" : "没有查到，请换个说法"} />
        )}
      </section>
      <section aria-label="内容" className="knowledge-shown">
        <Button type="link" className="knowledge-back" onClick={close}>
          ‹ 返回列表
        </Button>
        {form === "new" ? (
          <EntryForm
            entry={null}
            onLeave={() => setForm(null)}
            onDone={(entry) => {
              setForm(null);
              setCurrent(entry.code);
              setPlace({ code: entry.code }, { replace: true });
            }}
          />
        ) : code === null ? (
          <Empty description="在左侧选择条目，或按 / 查找" />
        ) : opened.isError ? (
          <Typography.Text type="danger">{textOf(opened.error)}</Typography.Text>
        ) : opened.data === undefined ? (
          <Spin description="正在读取" />
        ) : form === "revise" ? (
          <EntryForm key={code} entry={opened.data} onDone={() => setForm(null)} onLeave={() => setForm(null)} />
        ) : (
          <EntryView key={code} entry={opened.data} onRevise={() => setForm("revise")} onDecided={decided} />
        )}
      </section>
    </div>
  );
}

function counted(shown: number, total: number): string {
  return shown < total ? `最符合的${shown}条，共${total}条` : `共${total}条`;
}
