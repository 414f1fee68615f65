import { Alert, Button, Descriptions, Spin, Typography } from "antd";
import dayjs from "dayjs";
import { useRef, useState } from "react";
import { Link } from "react-router";

import { textOf } from "../../api/errors";
import { Player, type PlayerHandle } from "../../listening/player";
import { clock, PARTY_ROLES } from "../../words";
import { type ListedCall, type Said, useRecordings, useWholeCall, type WholeCall } from "./calls-api";
import { agentsWords, ENDED_BY, NODES, outcomeWords, SCORES } from "./words";

/** One call: what happened, its recordings, and what was said beside them. */
export function CallDetail({ one, onClose }: { one: ListedCall; onClose: () => void }) {
  const call = useWholeCall(one.call_id);
  const recordings = useRecordings(one.call_id);
  const player = useRef<PlayerHandle>(null);
  const [heard, setHeard] = useState<number | null>(null);
  // Who spoke is in the transcript: for ears there is the mix, or what was left as a message.
  const sounds = (recordings.data ?? []).filter(({ kind }) => kind !== "speaker");
  return (
    <section className="call-detail" aria-label="通话详情">
      <header>
        <Typography.Title level={2}>{dayjs(one.started_at).format("YYYY-MM-DD HH:mm:ss")}</Typography.Title>
        <Button size="small" onClick={onClose}>
          关闭
        </Button>
      </header>
      <Facts one={one} />
      {recordings.isError && <Alert showIcon type="error" title={textOf(recordings.error)} />}
      {recordings.isSuccess && sounds.length === 0 && (
        <Typography.Text type="secondary">没有您可以调听的录音。</Typography.Text>
      )}
      {call.data !== undefined &&
        sounds.map((sound, place) => (
          <Player
            key={sound.recording_id}
            ref={place === 0 ? player : undefined}
            recording={sound}
            offset={offsetOf(call.data, sound.started_at)}
            onTime={setHeard}
          />
        ))}
      {call.isPending && <Spin />}
      {call.isError && <Alert showIcon type="error" title={textOf(call.error)} />}
      {call.data !== undefined && (
        <>
          <Transcript
            said={call.data.transcript}
            heard={heard}
            onGo={(second) => player.current?.goTo(second)}
          />
          <Path call={call.data} />
        </>
      )}
    </section>
  );
}

function Facts({ one }: { one: ListedCall }) {
  const items = [
    { label: one.direction === "inbound" ? "来电号码" : "被叫号码", children: one.citizen_number ?? "未知" },
    { label: "话务员", children: agentsWords(one.agents) || "无" },
    { label: "结果", children: outcomeWords(one) },
    { label: "结束", children: one.ended_by === null ? "" : ENDED_BY[one.ended_by] },
    {
      label: "工单",
      children:
        one.tickets.length === 0
          ? "无"
          : one.tickets.map((no) => (
              <Link key={no} to={`/tickets/${no}`} className="call-ticket">
                {no}
              </Link>
            )),
    },
    { label: "评价", children: one.survey_score === null ? "未评价" : SCORES[one.survey_score] },
    ...(one.handled_by === "fallback" ? [{ label: "备注", children: "系统故障时由交换机直接处理" }] : []),
  ];
  return (
    <Descriptions
      size="small"
      column={2}
      items={items.map((item) => ({ key: item.label, ...item }))}
    />
  );
}

/** 转写: the sentence that is heard is marked; one that is chosen is played. */
function Transcript({
  said,
  heard,
  onGo,
}: {
  said: readonly Said[];
  heard: number | null;
  onGo: (second: number) => void;
}) {
  return (
    <div className="call-said" role="list" aria-label="通话文字">
      {said.map((one, place) => {
        const isHeard = heard !== null && one.start <= heard && heard < one.end;
        return (
          <div key={place} role="listitem" className={`said-${one.speaker}${isHeard ? " said-now" : ""}`}>
            <button type="button" title="从这里播放" onClick={() => onGo(one.start)}>
              {clock(one.start)}
            </button>
            <b>{PARTY_ROLES[one.speaker] ?? one.speaker}：</b>
            {one.text}
          </div>
        );
      })}
      {said.length === 0 && <p className="said-nothing">没有通话文字</p>}
    </div>
  );
}

function Path({ call }: { call: WholeCall }) {
  if (call.path.length === 0) return null;
  return (
    <details className="call-path">
      <summary>经过</summary>
      <ol>
        {call.path.map((one, place) => (
          <li key={place}>
            {dayjs(one.at).format("HH:mm:ss")} {NODES[one.node] ?? one.node}
            {one.input === null ? "" : `：${one.input}`}
          </li>
        ))}
      </ol>
    </details>
  );
}

/** Seconds from the start of the call to the start of the recording. */
function offsetOf(call: WholeCall, started: string): number {
  return (Date.parse(started) - Date.parse(call.started_at)) / 1000;
}
