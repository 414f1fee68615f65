import { useQuery } from "@tanstack/react-query";
import { Alert, Empty, Tag } from "antd";
import dayjs from "dayjs";
import { Link } from "react-router";

import { api, got } from "../../api/client";
import { RunningClocks } from "../../tickets/running-clocks";
import { TAG } from "../../theme";
import { TICKET_STATES } from "../../words";
import { EarlierActions, type OnEarlier } from "./earlier-actions";

/** Of so many open tickets the clocks are shown. */
const CLOCKS = 3;

/** 来电名片: number, place, what is noted, earlier calls and tickets. */
export function CallerCard({
  callId,
  number,
  tickets,
  ...onEarlier
}: {
  callId: string;
  number: string | null;
  /** The call's; another one is news of the caller. */
  tickets: readonly string[];
} & OnEarlier) {
  const card = useQuery({
    queryKey: ["caller", callId, tickets.join()],
    queryFn: async () =>
      got(await api.GET("/api/calls/{call_id}/caller", { params: { path: { call_id: callId } } })),
    // The record of the answer may be on its way.
    retry: 5,
    retryDelay: 400,
    placeholderData: (known) => (known?.call_id === callId ? known : undefined),
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
      {told && told.brought.length > 0 && (
        <div className="caller-brought">
          本次通话已登记：
          {told.brought.map((one) => (
            <Link key={one.ticket_no} to={`/tickets/${one.ticket_no}`}>
              {one.title ?? one.ticket_no}
            </Link>
          ))}
        </div>
      )}
      {told?.tickets.map((one, place) => (
        <div key={one.ticket_no} className="caller-ticket">
          <Link to={`/tickets/${one.ticket_no}`} className="caller-link">
            <Tag>{one.state ? TICKET_STATES[one.state] : ""}</Tag>
            <span className="caller-title">{one.title ?? one.ticket_no}</span>
            <span className="caller-date">{dayjs(one.created_at).format("M月D日")}</span>
          </Link>
          <EarlierActions ticket={one} {...onEarlier} />
          {place < Math.min(told.open_tickets, CLOCKS) && one.ticket_no && <RunningClocks ticketNo={one.ticket_no} />}
        </div>
      ))}
      {told?.is_first && (
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
