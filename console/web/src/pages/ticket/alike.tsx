import { useQuery } from "@tanstack/react-query";
import { Alert, Button, Skeleton, Space, Tag, Typography } from "antd";
import dayjs from "dayjs";
import { Link } from "react-router";

import { api, got } from "../../api/client";
import { textOf } from "../../api/errors";
import type { components } from "../../api/schema";
import { useTicket } from "../../tickets/queries";
import { TAG } from "../../theme";
import { TICKET_STATES } from "../../words";

type Proposal = components["schemas"]["Alike"];

/** So many are shown, the likest first. */
const MOST = 5;

const RULES: Record<"a" | "b", string> = { a: "答复后一个月内再次投诉", b: "超过六天未解决" };

interface Props {
  no: string;
  /** The number that stands in the form. */
  chosen: unknown;
  onChoose: (no: string) => void;
}

/** 疑似重复: earlier tickets of perhaps the same matter with their grounds, to choose one of. */
export function AlikeTickets({ no, chosen, onChoose }: Props) {
  const found = useQuery({
    queryKey: ["ticket", no, "repeats"],
    queryFn: async () => got(await api.GET("/api/tickets/{ticket_no}/repeats", { params: { path: { ticket_no: no } } })),
    staleTime: Infinity, // what is being read does not change under the eyes
    gcTime: 0,
  });
  if (found.isPending) return <Skeleton active title={false} paragraph={{ rows: 1 }} className="command-form-wide" />;
  if (found.isError) {
    return <Alert showIcon type="warning" title={`没有查到以前的工单：${textOf(found.error)}`} className="command-form-wide" />;
  }
  if (found.data.length === 0) {
    return (
      <Typography.Text type="secondary" className="command-form-wide alike">
        没有发现同一诉求的以前工单。
      </Typography.Text>
    );
  }
  return (
    <section aria-label="疑似重复的工单" className="command-form-wide alike">
      <Typography.Text type="secondary">以前的工单可能是同一诉求，核对后选作原工单：</Typography.Text>
      <ul>
        {found.data.slice(0, MOST).map((one) => (
          <li key={one.ticket_no}>
            <Earlier
              one={one}
              isChosen={chosen === one.ticket_no}
              onChoose={() => onChoose(chosen === one.ticket_no ? "" : one.ticket_no)}
            />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Earlier({ one, isChosen, onChoose }: { one: Proposal; isChosen: boolean; onChoose: () => void }) {
  const title = useTicket(one.ticket_no, true).data?.title;
  return (
    <Space wrap size={4}>
      <Button size="small" type={isChosen ? "primary" : "default"} aria-pressed={isChosen} onClick={onChoose}>
        {isChosen ? "已选" : "选用"}
        <span className="alike-no"> {one.ticket_no}</span>
      </Button>
      <Link to={`/tickets/${one.ticket_no}`} target="_blank" rel="noreferrer">
        {title ?? "查看"}
      </Link>
      <Typography.Text type="secondary">
        {dayjs(one.created_at).format("M月D日 HH:mm")} {TICKET_STATES[one.state]}
      </Typography.Text>
      {one.rule !== null && <Tag variant="solid" color={TAG.bad}>{RULES[one.rule]}</Tag>}
      <Typography.Text>{groundsOf(one)}</Typography.Text>
    </Space>
  );
}

/** In what it is alike, in words. */
function groundsOf(one: Proposal): string {
  const words: Record<Proposal["grounds"][number], string> = {
    phone: "同一电话",
    place: one.place === null ? "同一地点" : `同在${one.place}`,
    category: "同类诉求",
    text: one.shared_words.length === 0 ? "内容相近" : `都提到${one.shared_words.join("、")}`,
  };
  return `${one.grounds.map((ground) => words[ground]).join("，")}（相似 ${one.score}）`;
}
