import { Button, Space } from "antd";

import type { Ticket } from "../../tickets/queries";
import { ENDED } from "../../tickets/words";

/** What the agent may do with an earlier ticket of the caller. */
export interface OnEarlier {
  /** 补充/催办: the call concerns that ticket. */
  onStatement: (ticket: Ticket) => void;
  /** 重复投诉: the matter of the form was reported with that ticket; undefined: there is no form. */
  onRepeat: ((ticket: Ticket) => void) | undefined;
}

/** States that no citizen complains about again: nothing was handled. */
const NOT_HANDLED: ReadonlySet<string> = new Set(["rejected", "withdrawn", "emergency_transferred"]);

/** Actions beside an earlier ticket of the caller card. */
export function EarlierActions({ ticket, onStatement, onRepeat }: { ticket: Ticket } & OnEarlier) {
  const name = ticket.title ?? ticket.ticket_no ?? "";
  const state = ticket.state ?? "";
  return (
    <Space size={4} className="caller-actions">
      {!ENDED.has(state) && (
        <Button size="small" aria-label={`补充或催办：${name}`} onClick={() => onStatement(ticket)}>
          补充/催办
        </Button>
      )}
      {onRepeat !== undefined && !NOT_HANDLED.has(state) && (
        <Button size="small" aria-label={`重复投诉：${name}`} onClick={() => onRepeat(ticket)}>
          重复投诉
        </Button>
      )}
    </Space>
  );
}
