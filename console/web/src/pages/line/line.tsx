import { App, Spin } from "antd";
import { useCallback } from "react";

import { useLive, useNotices } from "../../live/live";
import type { Notice } from "../../live/messages";
import { secondsSince, useNow } from "../../live/use-now";
import { clock } from "../../words";
import { Agents } from "./agents";
import { Calls, isRunning } from "./calls";
import { LateFollowUps } from "./follow-ups";
import { Queue } from "./queue";
import "./line.css";

/** 实时监控: who waits, who talks with whom, what every agent does. */
export default function LinePage() {
  const { line, connected } = useLive();
  const { message } = App.useApp();
  const now = useNow();
  useNotices(
    useCallback(
      (notice: Notice) => void message.open({ type: notice.level, content: notice.text, duration: 10 }),
      [message],
    ),
  );
  if (line === null) return <Spin description="正在连接热线" fullscreen />;
  const calls = [...line.calls.values()];
  const wanted = calls.filter(({ referred_up, state }) => referred_up !== null && state !== "wrap_up");
  const longest = Math.max(0, ...line.queue.map(({ since }) => secondsSince(since, now)));
  return (
    <div className="line">
      <h1 className="line-title">实时监控</h1>
      {!connected && (
        <p className="line-lost" role="alert">
          与热线的连接中断，下面是中断前的情况；正在重新连接。
        </p>
      )}
      <dl className="line-figures">
        <Figure name="排队" value={line.queue.length} isBad={longest >= 60} />
        <Figure name="最长等待" value={line.queue.length > 0 ? clock(longest) : "无"} isBad={longest >= 60} />
        <Figure name="进行中的通话" value={calls.filter(isRunning).length} />
        <Figure name="上报待处理" value={wanted.length} isBad={wanted.length > 0} />
        <LateFollowUps />
      </dl>
      <div className="line-left">
        <Queue queue={line.queue} now={now} />
        <Calls calls={calls} now={now} />
      </div>
      <Agents agents={[...line.agents.values()]} now={now} />
    </div>
  );
}

function Figure({ name, value, isBad = false }: { name: string; value: number | string; isBad?: boolean }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd className={isBad ? "line-bad" : undefined}>{value}</dd>
    </div>
  );
}
