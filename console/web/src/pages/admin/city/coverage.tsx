import { useQuery } from "@tanstack/react-query";
import { Alert } from "antd";
import dayjs from "dayjs";

import { api, got } from "../../../api/client";

const DAYS = 14;
const SHOWN = 8;

/** 值守核对: units that nobody would be reached at in the next two weeks (R-11-1). */
export function Coverage() {
  const coverage = useQuery({
    queryKey: ["admin", "coverage"],
    queryFn: async () => got(await api.GET("/api/admin/roster/coverage", { params: { query: { days: DAYS } } })),
  });
  if (coverage.data === undefined) return null;
  const open = coverage.data.filter(({ gaps, overlaps }) => gaps.length + overlaps.length > 0);
  if (open.length === 0) {
    return <Alert showIcon type="success" title={`今后 ${DAYS} 天各单位全天有人值守`} />;
  }
  return (
    <Alert
      showIcon
      type="warning"
      role="note"
      title={`今后 ${DAYS} 天有 ${open.length} 个单位的值守不完整`}
      description={
        <ul className="city-gaps" tabIndex={0} aria-label="值守不完整的单位">
          {open.slice(0, SHOWN).map(({ unit, name, gaps, overlaps }) => (
            <li key={unit}>
              {name}：
              {[
                gaps[0] && `${span(gaps[0])} 无人值守${gaps.length > 1 ? `，共 ${gaps.length} 处` : ""}`,
                overlaps[0] && `${span(overlaps[0])} 班次重叠${overlaps.length > 1 ? `，共 ${overlaps.length} 处` : ""}`,
              ]
                .filter(Boolean)
                .join("；")}
            </li>
          ))}
          {open.length > SHOWN && <li>另有 {open.length - SHOWN} 个单位</li>}
        </ul>
      }
    />
  );
}

function span({ start, end }: { start: string; end: string }): string {
  return `${dayjs(start).format("M月D日 HH:mm")} 至 ${dayjs(end).format("M月D日 HH:mm")}`;
}
