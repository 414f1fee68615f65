import { Empty, Space, Tag, Typography } from "antd";
import type { ReactNode } from "react";

import { type Ticket, useUnits } from "../../tickets/queries";
import { CALLBACK_RESULTS, COMMANDS, DEFECTS, REQUEST_STATUSES, SCORES } from "../../tickets/words";
import { time } from "./facts";

/** What units and the hotline did with the ticket, one block for each thing. */
export function Work({ ticket }: { ticket: Ticket }) {
  const units = useUnits();
  const unit = (code: string | null | undefined) => (code == null ? "" : (units.get(code) ?? code));
  const blocks: ReactNode[] = [
    ...(ticket.answer == null ? [] : [<Block key="answer" head="直接解答" text={ticket.answer} />]),
    ...(ticket.handling_note == null ? [] : [<Block key="note" head="办理情况" text={ticket.handling_note} />]),
    ...(ticket.public_reply == null
      ? []
      : [
          <Block
            key="reply"
            head="公开答复"
            text={ticket.public_reply}
            tags={[
              ticket.contacted == null ? "" : ticket.contacted ? "已联系群众" : "未联系群众",
              ticket.is_true == null ? "" : ticket.is_true ? "属实" : "不属实",
              ticket.solved == null ? "" : ticket.solved ? "已解决" : "未解决",
            ]}
          />,
        ]),
    ...(ticket.unsolved_reason == null ? [] : [<Block key="unsolved" head="未解决原因" text={ticket.unsolved_reason} />]),
    ...(ticket.written_opinion == null ? [] : [<Block key="opinion" head="书面意见" text={ticket.written_opinion} />]),
    ...(ticket.leader_action == null
      ? []
      : [<Block key="leader" head={`领导跟进：${ticket.leader_name_role ?? ""}`} text={ticket.leader_action} />]),
    ...(ticket.explanation == null ? [] : [<Block key="explained" head="不予受理说明" text={ticket.explanation} />]),
    ...(ticket.extension_requests ?? []).map((one) => (
      <Block
        key={`e${one.requested_at}`}
        head={`延期至 ${time(one.new_due) ?? ""}（${unit(one.unit)}）`}
        at={one.requested_at}
        text={[one.reason, one.comment].filter(Boolean).join("\n")}
        tags={[REQUEST_STATUSES[one.status ?? "pending"] ?? ""]}
      />
    )),
    ...(ticket.return_requests ?? []).map((one) => (
      <Block
        key={`r${one.requested_at}`}
        head={`退单（${unit(one.unit)}）`}
        at={one.requested_at}
        text={[
          `依据：${one.ground}`,
          `建议：${one.suggestion}${one.suggested_unit == null ? "" : `（${unit(one.suggested_unit)}）`}`,
          one.comment ?? "",
        ]
          .filter(Boolean)
          .join("\n")}
        tags={[REQUEST_STATUSES[one.status ?? "pending"] ?? ""]}
      />
    )),
    ...(ticket.sub_dispatches ?? []).map((one) => (
      <Block
        key={`c${one.sent_at}${one.unit}`}
        head={`加派 ${unit(one.unit)}，期限 ${time(one.due) ?? ""}`}
        at={one.sent_at}
        text={one.reply ?? ""}
        tags={[one.result === "replied" ? "已答复" : one.result === "returned" ? "已退回" : "办理中"]}
      />
    )),
    ...(ticket.assist_replies ?? []).map((one) => (
      <Block key={`a${one.at}`} head={`协办意见（${unit(one.unit)}）`} at={one.at} text={one.reply} />
    )),
    ...(ticket.audit ?? []).map((one) => (
      <Block
        key={`u${one.at}`}
        head={one.passed ? "审核通过" : "退回补充"}
        at={one.at}
        text={one.comment ?? ""}
        tags={(one.defects ?? []).map((defect) => DEFECTS[defect] ?? defect)}
      />
    )),
    ...(ticket.callback ?? []).map((one) => (
      <Block
        key={`b${one.at}`}
        head={one.channel === "sms" ? "短信评价" : "人工回访"}
        at={one.at}
        text={one.reason ?? ""}
        tags={[CALLBACK_RESULTS[one.result] ?? "", one.score == null ? "" : (SCORES[one.score] ?? "")]}
      />
    )),
    ...(ticket.supervision ?? []).map((one) => (
      <Block
        key={`s${one.at}${one.measure}`}
        head={COMMANDS[one.measure] ?? one.measure}
        at={one.at}
        text={one.reason ?? ""}
        tags={[one.due == null ? "" : `限 ${time(one.due) ?? ""}`]}
      />
    )),
  ];
  return blocks.length === 0 ? <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description="还没有办理记录" /> : <>{blocks}</>;
}

function Block({ head, at, text, tags = [] }: { head: string; at?: string; text: string; tags?: string[] }) {
  return (
    <section className="ticket-block">
      <Space wrap size={4}>
        <Typography.Text strong>{head}</Typography.Text>
        {tags.filter(Boolean).map((tag) => (
          <Tag key={tag}>{tag}</Tag>
        ))}
        {at !== undefined && <Typography.Text type="secondary">{time(at)}</Typography.Text>}
      </Space>
      {text !== "" && <Typography.Paragraph className="ticket-content">{text}</Typography.Paragraph>}
    </section>
  );
}
