import { Alert, Space, Tag, Typography } from "antd";
import dayjs from "dayjs";

import type { components } from "../../api/schema";
import { useSituation } from "../../tickets/queries";
import { Waiting } from "../../tickets/running-clocks";
import { lengthOf } from "../../tickets/time-left";
import type { Ticket } from "../../tickets/queries";
import { CLOSE_RESULTS, REQUEST_STATUSES } from "../../tickets/words";
import { TAG } from "../../theme";
import { TICKET_STATES, URGENCIES } from "../../words";

type Situation = components["schemas"]["Situation"];

/** Number, title, state, and the clocks that run. */
export function TicketHeader({ ticket }: { ticket: Ticket }) {
  const situation = useSituation(ticket.ticket_no ?? "");
  return (
    <header className="ticket-header">
      <Typography.Title level={2} className="ticket-title">
        {ticket.title ?? "（无标题）"}
      </Typography.Title>
      <Space wrap size={4}>
        <Typography.Text copyable={{ tooltips: false }} className="ticket-no">
          {ticket.ticket_no}
        </Typography.Text>
        <Tag color="blue">{ticket.state === undefined ? "" : TICKET_STATES[ticket.state]}</Tag>
        {ticket.urgency !== undefined && ticket.urgency !== "normal" && (
          <Tag color={TAG.bad}>{URGENCIES[ticket.urgency]}</Tag>
        )}
        {ticket.confidential === true && <Tag color={TAG.after}>保密</Tag>}
        {ticket.repeat_seq != null && <Tag color={TAG.bad}>重复投诉 第 {ticket.repeat_seq} 次</Tag>}
        {(ticket.supervision_level ?? 0) >= 2 && <Tag color={TAG.bad}>督办 {ticket.supervision_level} 级</Tag>}
        {ticket.close_result != null && <Tag>{CLOSE_RESULTS[ticket.close_result]}</Tag>}
      </Space>
      {situation.data && <Clocks told={situation.data} readAt={situation.dataUpdatedAt} ticket={ticket} />}
    </header>
  );
}

function Clocks({ told, readAt, ticket }: { told: Situation; readAt: number; ticket: Ticket }) {
  const { extension, repeat_after, returns, callback, holder } = told;
  return (
    <Space wrap size={4} className="ticket-clocks">
      <Waiting told={told} readAt={readAt} />
      {ticket.accepted_at != null && ticket.closed_at == null && (
        <Tag>受理已过 {lengthOf((readAt - Date.parse(ticket.accepted_at)) / 1000)}</Tag>
      )}
      {extension != null && (
        <Tag>
          延期{REQUEST_STATUSES[extension.status]} {extension.asked_days} 天，累计 {extension.used_days}/
          {extension.most_days} 天
        </Tag>
      )}
      {repeat_after != null && ticket.closed_at == null && (
        <Tag color={extension?.is_beyond_repeat === true ? TAG.waiting : "default"}>
          {dayjs(repeat_after).format("M月D日 HH:mm")} 后再反映即为重复投诉
        </Tag>
      )}
      {returns > 0 && <Tag>退单 {returns} 次</Tag>}
      {callback != null && (
        <Tag>
          未接通 {callback.attempts}/{callback.needed} 次，{dayjs(callback.next_at).format("M月D日 HH:mm")} 起可回访
        </Tag>
      )}
      {holder != null && !holder.is_mine && (
        <Alert type="warning" title={`${holder.full_name ?? holder.name} 正在处理`} className="ticket-holder" />
      )}
    </Space>
  );
}
