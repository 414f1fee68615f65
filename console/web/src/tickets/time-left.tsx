import { Tag } from "antd";
import { useEffect, useState } from "react";

import { TAG } from "../theme";

/** 剩 3 小时 5 分 / 超 20 分. */
export function lengthOf(seconds: number): string {
  const minutes = Math.floor(Math.abs(seconds) / 60);
  const [days, hours, rest] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24, minutes % 60];
  if (days > 0) return `${days} 天 ${hours} 小时`;
  return hours > 0 ? `${hours} 小时 ${rest} 分` : `${rest} 分`;
}

interface Props {
  name: string;
  /** Seconds that were left at `readAt` (milliseconds). */
  left: number;
  readAt: number;
  isPaused?: boolean;
}

/** A clock that runs down: red once it has run out, yellow in the last hour. */
export function TimeLeft({ name, left, readAt, isPaused = false }: Props) {
  const now = useMinute();
  const seconds = isPaused ? left : left - (now - readAt) / 1000;
  if (isPaused) return <Tag>{name} 暂停计时</Tag>;
  const colour = seconds < 0 ? TAG.bad : seconds < 3600 ? TAG.waiting : "default";
  return (
    <Tag color={colour} className="time-left">
      {name} {seconds < 0 ? "超" : "剩"} {lengthOf(seconds)}
    </Tag>
  );
}

/** The time, moving on every quarter of a minute. */
function useMinute(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = window.setInterval(() => setNow(Date.now()), 15_000);
    return () => window.clearInterval(timer);
  }, []);
  return now;
}
