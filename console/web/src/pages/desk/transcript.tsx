import { Fragment, useLayoutEffect, useRef } from "react";

import { DangerAlert } from "../../call/emergency-alerts";
import type { CallView, Segment } from "../../live/messages";
import { PARTY_ROLES } from "../../words";

/** 实时转写: what both say, emergency words marked; follows the newest unless one reads above. */
export function Transcript({
  segments,
  danger,
  onTransfer,
}: {
  segments: readonly Segment[];
  danger: CallView["danger"];
  onTransfer: () => void;
}) {
  const list = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  useLayoutEffect(() => {
    const box = list.current;
    if (box !== null && follows.current) box.scrollTop = box.scrollHeight;
  }, [segments]);
  return (
    <section aria-label="实时转写" className="panel transcript">
      {danger !== null && <DangerAlert danger={danger} onTransfer={onTransfer} />}
      <div
        ref={list}
        className="transcript-lines"
        tabIndex={0}
        role="log"
        aria-live="off"
        aria-label="转写内容"
        onScroll={({ currentTarget: box }) => {
          follows.current = box.scrollHeight - box.scrollTop - box.clientHeight < 40;
        }}
      >
        {segments.map((one) => (
          <p key={one.id} className={one.final ? `said-${one.speaker}` : "said-partial"}>
            <b>{PARTY_ROLES[one.speaker] ?? one.speaker}：</b>
            <Marked text={one.text} words={one.emergency.map(({ word }) => word)} />
          </p>
        ))}
        {segments.length === 0 && <p className="said-nothing">通话内容会显示在这里</p>}
      </div>
    </section>
  );
}

function Marked({ text, words }: { text: string; words: readonly string[] }) {
  const found = words.filter((word) => word !== "" && text.includes(word));
  if (found.length === 0) return text;
  const escaped = found.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const parts = text.split(new RegExp(`(${escaped.join("|")})`));
  return parts.map((part, place) =>
    found.includes(part) ? <mark key={place}>{part}</mark> : <Fragment key={place}>{part}</Fragment>,
  );
}
