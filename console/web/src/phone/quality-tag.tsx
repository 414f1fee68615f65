import { Tag, Tooltip } from "antd";

import { TAG } from "../theme";
import type { Quality, Rating } from "./quality";

const WORDS: Record<Rating, { text: string; color: string }> = {
  good: { text: "通话质量好", color: TAG.good },
  fair: { text: "通话质量一般", color: TAG.waiting },
  bad: { text: "通话质量差", color: TAG.bad },
};

/** 通话质量; figures for who asks. Its place is kept until there are some, lest buttons move. */
export function QualityTag({ quality }: { quality: Quality | null }) {
  if (quality === null) return <Tag variant="solid" color={TAG.none} className="quality-tag">通话质量…</Tag>;
  const { rating, mos, loss, jitter, roundTrip } = quality;
  const figures = [
    `评分 ${mos.toFixed(1)}`,
    `丢包 ${(loss * 100).toFixed(1)}%`,
    `抖动 ${Math.round(jitter)} 毫秒`,
    `往返 ${Math.round(roundTrip)} 毫秒`,
  ].join("，");
  return (
    <Tooltip title={figures}>
      <Tag variant="solid" color={WORDS[rating].color} className="quality-tag" aria-label={`${WORDS[rating].text}，${figures}`}>
        {WORDS[rating].text}
      </Tag>
    </Tooltip>
  );
}
