import { Alert, Button, Table, Tag, Typography } from "antd";
import dayjs from "dayjs";
import { type MouseEvent, useState } from "react";
import { Link, useSearchParams } from "react-router";

import { textOf } from "../../api/errors";
import { usePlainKeys } from "../../keys/use-plain-keys";
import { hasRole, useSession } from "../../session/session";
import { opensRow } from "../../tickets/row-click";
import { clock } from "../../words";
import { CallDetail } from "./call-detail";
import "./calls.css";
import { type Filter, type ListedCall, useCalls, useListedCall } from "./calls-api";
import { Filters } from "./filters";
import { agentsWords, EMERGENCIES, outcomeWords, SCORES } from "./words";

/** 通话与录音: calls by filters, and beside the list the one that is opened; J and K go on to the next. */
export default function CallsPage() {
  const { user } = useSession();
  const [filter, setFilter] = useState<Filter>({});
  // In the address, so that tickets and the live line can name a call.
  const [place, setPlace] = useSearchParams();
  const wanted = place.get("call");
  const calls = useCalls(filter);
  const found = calls.data?.pages.flatMap((page) => page.items) ?? [];
  const inList = found.find(({ call_id }) => call_id === wanted);
  const other = useListedCall(inList === undefined ? wanted : null);
  const opened = inList ?? other.data ?? null;
  const setOpened = (one: ListedCall | null) => setPlace(one === null ? {} : { call: one.call_id }, { replace: true });
  const move = (by: number) => {
    const at = found.findIndex(({ call_id }) => call_id === opened?.call_id);
    setOpened(found[at < 0 ? 0 : Math.max(0, Math.min(at + by, found.length - 1))] ?? null);
  };
  usePlainKeys({ j: () => move(1), k: () => move(-1), Escape: opened === null ? undefined : () => setOpened(null) });
  return (
    <div className={opened === null ? "calls" : "calls calls-two"}>
      <section className="calls-list" aria-label="通话列表">
        <Typography.Title level={1} className="calls-title">
          通话与录音
        </Typography.Title>
        <Filters
          isTold={hasRole(user, ["agent", "supervisor", "center_head"])}
          onSearch={(asked) => {
            setOpened(null);
            setFilter(asked);
          }}
        />
        {wanted !== null && opened === null && other.isSuccess && (
          <Alert showIcon type="warning" title="没有这次通话，或者您的角色不能查看" />
        )}
        {calls.isError && <Alert showIcon type="error" title={textOf(calls.error)} />}
        <Table<ListedCall>
          size="small"
          rowKey="call_id"
          loading={calls.isFetching && !calls.isFetchingNextPage}
          dataSource={found}
          pagination={false}
          locale={{ emptyText: "没有符合条件的通话" }}
          rowClassName={(one) => (one.call_id === opened?.call_id ? "calls-opened" : "calls-row")}
          onRow={(one) => ({
            onClick: (event: MouseEvent<HTMLElement>) => {
              if (opensRow(event)) setOpened(one);
            },
          })}
          columns={[
            {
              title: "时间",
              width: 128,
              render: (_, one) => (
                <Button
                  type="link"
                  size="small"
                  className="calls-open"
                  aria-pressed={one.call_id === opened?.call_id}
                  onClick={() => setOpened(one)}
                >
                  {dayjs(one.started_at).format("MM-DD HH:mm:ss")}
                </Button>
              ),
            },
            {
              title: "号码",
              width: 160,
              render: (_, one) => (
                <>
                  {one.direction === "inbound" ? "来电 " : "外呼 "}
                  {one.citizen_number ?? "未知"}
                </>
              ),
            },
            { title: "话务员", width: 130, ellipsis: true, render: (_, one) => agentsWords(one.agents) },
            {
              title: "时长",
              width: 70,
              align: "right",
              render: (_, one) => (one.duration_s === null ? "进行中" : clock(one.duration_s)),
            },
            ...(opened === null
              ? [{ title: "工单", width: 150, render: (_: unknown, one: ListedCall) => <Tickets numbers={one.tickets} /> }]
              : []),
            { title: "结果", render: (_, one) => <Result one={one} /> },
            {
              title: "评价",
              width: 90,
              responsive: ["lg"],
              render: (_, one) => <Score score={one.survey_score} />,
            },
            {
              title: "录音",
              width: 56,
              align: "center",
              render: (_, one) => (one.recordings.length > 0 ? "有" : ""),
            },
          ]}
        />
        {calls.hasNextPage && (
          <Button block loading={calls.isFetchingNextPage} onClick={() => void calls.fetchNextPage()}>
            更早的通话
          </Button>
        )}
      </section>
      {opened !== null && (
        <CallDetail key={opened.call_id} one={opened} onClose={() => setOpened(null)} />
      )}
    </div>
  );
}

function Tickets({ numbers }: { numbers: readonly string[] }) {
  return numbers.map((no) => (
    <Link key={no} to={`/tickets/${no}`} className="call-ticket">
      {no}
    </Link>
  ));
}

function Result({ one }: { one: ListedCall }) {
  return (
    <>
      {outcomeWords(one)}
      {one.emergencies.map(({ service, outcome }, place) => (
        <Tag key={place} variant="solid" color={EMERGENCIES[outcome ?? "open"].color} className="calls-service">
          {service} {EMERGENCIES[outcome ?? "open"].text}
        </Tag>
      ))}
    </>
  );
}

function Score({ score }: { score: number | null }) {
  if (score === null) return "";
  const text = SCORES[score];
  return score >= 4 ? <Typography.Text type="danger">{text}</Typography.Text> : text;
}
