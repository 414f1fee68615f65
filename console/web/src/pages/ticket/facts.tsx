import { Descriptions, Typography } from "antd";
import dayjs from "dayjs";
import { Link } from "react-router";

import { type Ticket, useCategories, useRegions, useUnits } from "../../tickets/queries";
import { ANSWER_TYPES, BASES, CHANNELS, KEY_CATEGORIES, REJECTIONS, RELATIONS } from "../../tickets/words";
import { LISTENERS } from "../../session/roles";
import { hasRole, useSession } from "../../session/session";
import { REQUEST_TYPES } from "../../words";
import { VoiceMessages } from "./voice-messages";

/** What the citizen said, and how it was taken. */
export function Facts({ ticket }: { ticket: Ticket }) {
  const units = useUnits();
  const regions = useRegions();
  const categories = useCategories();
  const { user } = useSession();
  const named = (names: ReadonlyMap<string, string>, code: string | null | undefined) =>
    code == null ? null : (names.get(code) ?? code);
  const all: [string, string | null | undefined][] = [
    ["诉求人", [ticket.requester_name, ticket.salutation].filter(Boolean).join(" ") || null],
    ["联系电话", ticket.contact_phone ?? ticket.caller_number],
    ["诉求类型", ticket.request_type == null ? null : REQUEST_TYPES[ticket.request_type]],
    ["诉求分类", named(categories, ticket.category_l2)],
    ["行政区划", named(regions, ticket.region_code)],
    ["地址", [ticket.town, ticket.village, ticket.address_text].filter(Boolean).join(" ") || null],
    ["发生时间", time(ticket.occurred_at)],
    ["诉求目的", ticket.expected_result],
    ["来源渠道", ticket.channel === undefined ? null : CHANNELS[ticket.channel]],
    ["登记时间", time(ticket.created_at)],
    ["受理时间", time(ticket.accepted_at)],
    ["受理依据", ticket.acceptance_basis == null ? null : BASES[ticket.acceptance_basis]],
    ["不予受理", ticket.reject_code == null ? null : REJECTIONS[ticket.reject_code]],
    ["答复类型", ticket.answer_type == null ? null : ANSWER_TYPES[ticket.answer_type]],
    ["承办单位", named(units, ticket.unit)],
    ["主办单位", named(units, ticket.lead_unit)],
    ["协办单位", ticket.assist_units?.map((code) => units.get(code) ?? code).join("、") || null],
    ["被反映单位", named(units, ticket.target_unit) ?? ticket.target_name],
    ["原工单", ticket.repeat_of],
    ["主工单", ticket.master_ticket],
    ["重点督办", ticket.key_categories?.map((code) => KEY_CATEGORIES[code] ?? code).join("、") || null],
    ["要求回复", ticket.want_reply === false ? "否" : null],
  ];
  return (
    <>
      {ticket.unit_content != null && ticket.unit_content !== ticket.content && (
        <Typography.Paragraph type="secondary" className="ticket-content">
          给承办单位：{ticket.unit_content}
        </Typography.Paragraph>
      )}
      <Descriptions
        size="small"
        column={{ xs: 1, md: 2, xl: 3 }}
        items={all
          .filter(([, value]) => value != null && value !== "")
          .map(([label, value]) => ({ key: label, label, children: value }))}
      />
      <Calls ticket={ticket} />
      {ticket.draft_kind != null && ticket.draft_kind !== "agent" && hasRole(user, LISTENERS) && (
        <VoiceMessages no={ticket.ticket_no} />
      )}
      {ticket.transcript != null && (
        <details>
          <summary>通话转写</summary>
          <Typography.Paragraph className="ticket-content">{ticket.transcript}</Typography.Paragraph>
        </details>
      )}
    </>
  );
}

/** 通话: those of the ticket, to where they are heard; for whom that page is. */
function Calls({ ticket }: { ticket: Ticket }) {
  const { user } = useSession();
  const calls = ticket.calls ?? [];
  if (calls.length === 0 || !hasRole(user, LISTENERS)) return null;
  return (
    <p className="ticket-calls">
      通话：
      {calls.map(({ call_id, relation }, place) => (
        <Link key={call_id} to={`/calls?call=${encodeURIComponent(call_id)}`}>
          {RELATIONS[relation]}
          {calls.length > 1 && ` ${place + 1}`}
        </Link>
      ))}
    </p>
  );
}

export function time(at: string | null | undefined): string | null {
  return at == null ? null : dayjs(at).format("YYYY-MM-DD HH:mm");
}
