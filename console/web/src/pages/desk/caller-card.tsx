import { useQuery } from "@tanstack/react-query";
import { Alert, Empty, Tag } from "antd";
import dayjs from "dayjs";
import { Link } from "react-router";

import { api, got } from "../../api/client";
import { RunningClocks } from "../../tickets/running-clocks";
import { TAG } from "../../theme";
import { TICKET_STATES } from "../../words";

/** Of so many open tickets the clocks are shown. */
const CLOCKS = 3;

/** 来电名片: number, place, what is noted, earlier calls and tickets. */
export function CallerCard({ callId, number }: { callId: string; number: string | null }) {
  const card = useQuery({
    queryKey: ["caller", callId],
    queryFn: async () =>
      got(await api.GET("/api/calls/{call_id}/caller", { params: { path: { call_id: callId } } })),
    // The record of the answer may be on its way.
    retry: 5,
    retryDelay: 400,
  });
  const told = card.data;
  return (
    <section aria-label="来电人" className="panel caller">
      <div className="caller-number">
        <strong>{told?.number ?? number ?? "未显示号码"}</strong>
        {told?.is_elderly && <Tag variant="solid" color={TAG.waiting}>老年人</Tag>}
        {told?.is_abusive && <Tag variant="solid" color={TAG.bad}>曾恶意骚扰</Tag>}
      </div>
      {told?.place && <div className="caller-place">{told.place}</div>}
      {told && told.open_tickets > 0 && (
        <Alert
          showIcon
          type="warning"
          title={`有 ${told.open_tickets} 件未办结工单，可能是补充、催办或重复投诉`}
        />
      )}
      {told?.tickets.map((one, place) => (
        <div key={one.ticket_no} className="caller-ticket">
          <Link to={`/tickets/${one.ticket_no}`} className="caller-link">
            <Tag>{one.state ? TICKET_STATES[one.state] : ""}</Tag>
            <span className="caller-title">{one.title ?? one.ticket_no}</span>
            <span className="caller-date">{dayjs(one.created_at).format("M月D日")}</span>
          </Link>
          {place < Math.min(told.open_tickets, CLOCKS) && one.ticket_no && <RunningClocks ticketNo={one.ticket_no} />}
        </div>
      ))}
      {told && told.tickets.length === 0 && told.calls.length === 0 && (
        <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description="第一次来电" />
      )}
      {told && told.calls.length > 0 && (
        <div className="caller-calls">
          以前来电：
          {told.calls.map((one) => dayjs(one.started_at).format("M月D日 HH:mm")).join("、")}
        </div>
      )}
    </section>
  );
}
