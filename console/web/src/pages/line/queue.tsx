import type { QueueEntry } from "../../live/messages";
import { secondsSince } from "../../live/use-now";
import { useGroupNames } from "../../forms/group-names";
import { clock } from "../../words";

/** Seconds of waiting from which a caller is marked. */
const LONG = 60;
const PRIORITIES: readonly [number, string][] = [
  [100, "紧急"],
  [10, "优先"],
  [5, "转接"],
];

/** 排队: who waits, the head first. */
export function Queue({ queue, now }: { queue: readonly QueueEntry[]; now: number }) {
  const groupName = useGroupNames();
  return (
    <section className="line-panel line-queue" aria-label="排队">
      <h2>排队 {queue.length}</h2>
      <ol tabIndex={0} aria-label="排队的来电">
        {queue.map((one) => {
          const seconds = secondsSince(one.since, now);
          const priority = PRIORITIES.find(([least]) => one.priority >= least)?.[1];
          return (
            <li key={one.call_id}>
              <span>{one.caller_number ?? "未知号码"}</span>
              <span>{groupName(one.group)}</span>
              <span>{priority !== undefined && <b className="line-tag">{priority}</b>}</span>
              <span className={seconds >= LONG ? "line-bad line-clock" : "line-clock"}>{clock(seconds)}</span>
            </li>
          );
        })}
      </ol>
      {queue.length === 0 && <p className="line-nothing">没有人排队</p>}
    </section>
  );
}
