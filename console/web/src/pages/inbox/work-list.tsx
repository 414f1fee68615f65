import { useQueryClient } from "@tanstack/react-query";
import { Alert, App, Button, Empty, Grid, Result, Skeleton, Space, Typography } from "antd";
import { useEffect, useRef, useState } from "react";
import { useNavigate } from "react-router";

import { api, got } from "../../api/client";
import { textOf } from "../../api/errors";
import { usePlainKeys } from "../../keys/use-plain-keys";
import { hasRole, useSession } from "../../session/session";
import { COMMANDS, type Kind, type Queue } from "../../tickets/words";
import { TicketView } from "../ticket/ticket-view";
import { Bulk } from "./bulk";
import { FilterBar } from "./filter-bar";
import { RowLine } from "./row-line";
import { type Filter, type Line, useInbox } from "./use-inbox";

/** One work list: the tasks on the left, the chosen ticket on the right. */
export function WorkList({ queue, counts }: { queue: Queue; counts: ReadonlyMap<Kind, number> }) {
  const [filter, setFilter] = useState<Filter>({});
  const list = useInbox(queue, filter);
  const [chosen, setChosen] = useState<string | null>(null);
  const [isTaking, setIsTaking] = useState(false);
  /** On a narrow screen the filters are shown when asked for. */
  const [isFiltering, setIsFiltering] = useState(false);
  const [marked, setMarked] = useState<ReadonlySet<string>>(new Set());
  /** Why tickets were not dispatched with the others. */
  const [refused, setRefused] = useState<readonly string[]>([]);
  const { user } = useSession();
  const { message } = App.useApp();
  const client = useQueryClient();
  const isWide = Grid.useBreakpoint().lg ?? true;
  const navigate = useNavigate();
  const box = useRef<HTMLUListElement>(null);

  const { lines } = list;
  const at = lines.findIndex((one) => one.row.ticket_no === chosen);
  const open = (line: Line | undefined) => {
    if (line === undefined) return;
    const no = line.row.ticket_no;
    if (no === chosen) void client.invalidateQueries({ queryKey: ["ticket", no] });
    if (isWide) setChosen(no);
    else void navigate(`/tickets/${no}`, { state: { list: queue } });
  };
  /** `done`: what was done with the ticket before. */
  const takeNext = async (done?: string) => {
    try {
      const row = await list.take();
      setIsTaking(row !== null);
      if (row === null) void message.info([done, "没有可领取的工单"].filter(Boolean).join("；"));
      else open({ row, readAt: Date.now(), isDone: false, isNew: false });
    } catch (error) {
      void message.error(textOf(error));
    }
  };
  const done = async (no: string, command: string) => {
    void client.invalidateQueries({ queryKey: ["inbox", "counts"] });
    const following = lines.slice(at + 1).find(isFree) ?? lines.slice(0, Math.max(at, 0)).find(isFree);
    const task = await taskOn(no, queue);
    if (task !== null) {
      list.moved(no, task);
      return;
    }
    list.handled(no);
    if (isTaking) await takeNext(`${no} 已${COMMANDS[command] ?? "办理"}`);
    else setChosen(following?.row.ticket_no ?? null);
  };
  const move = (by: number) => open(lines[Math.min(Math.max(at + by, 0), lines.length - 1)]);
  const reload = () => {
    list.reload();
    if (chosen !== null) void client.invalidateQueries({ queryKey: ["ticket", chosen] });
  };
  const hasKeys = usePlainKeys({
    j: () => move(1),
    k: () => move(-1),
    n: () => void takeNext(),
    r: reload,
    Enter: () => open(lines[Math.max(at, 0)]),
  });
  useEffect(() => {
    box.current?.querySelector('[aria-current="true"]')?.scrollIntoView({ block: "nearest" });
  }, [chosen]);

  const filtered = (changed: Filter) => {
    setFilter(changed);
    setChosen(null);
  };
  const toggle = (no: string) => {
    const changed = new Set(marked);
    if (!changed.delete(no)) changed.add(no);
    setMarked(changed);
  };
  const mayDispatch = queue === "dispatcher" && hasRole(user, ["dispatcher"]);
  const selected = lines.filter(({ row }) => marked.has(row.ticket_no) && row.kind === "dispatch");

  return (
    <div className="work-list">
      <section className="work-list-left" aria-label="待办列表">
        {(isWide || isFiltering) && (
          <FilterBar queue={queue} filter={filter} counts={counts} onChange={filtered} />
        )}
        <Space className="work-list-tools" wrap size={8}>
          <Button type="primary" aria-keyshortcuts={hasKeys ? "n" : undefined} onClick={() => void takeNext()}>
            领取下一件 {hasKeys && <kbd aria-hidden className="for-keys">N</kbd>}
          </Button>
          <Button aria-keyshortcuts={hasKeys ? "r" : undefined} onClick={reload}>
            刷新 {hasKeys && <kbd aria-hidden className="for-keys">R</kbd>}
          </Button>
          {!isWide && (
            <Button aria-expanded={isFiltering} onClick={() => setIsFiltering(!isFiltering)}>
              筛选
            </Button>
          )}
          {/* In the place of the hint, so that no row moves when something comes. */}
          <span role="status">
            {list.news > 0 && (
              <button type="button" className="work-list-news" onClick={list.reload}>
                {list.news} 条新工单，显示
              </button>
            )}
          </span>
          {list.news === 0 && hasKeys && (
            <Typography.Text type="secondary" className="for-keys">J K 上下，Enter 打开，数字办理</Typography.Text>
          )}
        </Space>
        {list.state === "loading" && <Skeleton active />}
        {list.state === "failed" && <Result status="warning" title={textOf(list.error)} />}
        {list.state === "ready" && lines.length === 0 && (
          <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description="没有待办" />
        )}
        <ul ref={box} className="work-list-rows">
          {lines.map((line) => (
            <RowLine
              key={line.row.ticket_no}
              line={line}
              isChosen={line.row.ticket_no === chosen}
              isMarked={mayDispatch && line.row.kind === "dispatch" ? marked.has(line.row.ticket_no) : null}
              onMark={() => toggle(line.row.ticket_no)}
              onOpen={() => {
                setIsTaking(false);
                open(line);
              }}
            />
          ))}
        </ul>
        {list.next !== null && <Button onClick={() => void list.more()}>显示更多</Button>}
        {/* Below the rows: marking one must not move the others. */}
        <div className="work-list-bulk">
          {refused.length > 0 && (
            <Alert
              type="error"
              showIcon
              closable={{ onClose: () => setRefused([]) }}
              title={`${refused.length} 件没有派出`}
              description={refused.map((text) => <div key={text}>{text}</div>)}
            />
          )}
          {selected.length > 0 && (
            <Bulk
              rows={selected.map(({ row }) => row)}
              onDone={(sent, failed) => {
                sent.forEach(list.handled);
                void client.invalidateQueries({ queryKey: ["inbox", "counts"] });
                setMarked(new Set());
                setRefused(failed);
              }}
            />
          )}
        </div>
      </section>
      {isWide && (
        <section className="work-list-right" aria-label="工单">
          {chosen === null ? (
            <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={hasKeys ? "用 J、K 选择工单，或按 N 领取下一件" : "请选择工单，或领取下一件"} />
          ) : (
            <>
              {lines[at]?.isDone === true && <Alert showIcon type="info" title="此工单已由他人办理" />}
              <TicketView key={chosen} no={chosen} onDone={(_, command) => void done(chosen, command)} />
            </>
          )}
        </section>
      )}
    </div>
  );
}

function isFree({ row, isDone }: Line): boolean {
  return !isDone && (row.holder == null || row.holder.is_mine);
}

/** What still waits on the ticket in this list; null: nothing. */
async function taskOn(no: string, queue: Queue) {
  try {
    const params = { path: { ticket_no: no } };
    const { tasks } = got(await api.GET("/api/tickets/{ticket_no}/situation", { params }));
    return tasks.find((one) => one.queue === queue) ?? null;
  } catch {
    return null; // it is not the user's any longer
  }
}
