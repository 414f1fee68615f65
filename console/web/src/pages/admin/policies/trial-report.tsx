import { Alert, Table } from "antd";

import type { components } from "../../../api/schema";
import { type ChangedTicket, deedWords, differences, type RefusedDeed } from "./trial-words";
import { timerOf } from "./words";

type Result = components["schemas"]["TrialResult"];

const SHOWN = 10;

/** A ticket and what is said of it. */
type Told = readonly [string, readonly string[]];

/** Tickets open beside the form, which stays as it is. */
function Tickets({ title, rows }: { title: string; rows: readonly Told[] }) {
  return (
    <Table<Told>
      size="small"
      rowKey={([no, words]) => `${no} ${words.join()}`}
      dataSource={rows}
      pagination={{ pageSize: SHOWN, hideOnSinglePage: true, showSizeChanger: false }}
      columns={[
        {
          title,
          width: 160,
          render: (_, [no]) => (
            <a href={`/tickets/${no}`} target="_blank" rel="noreferrer">
              {no}
            </a>
          ),
        },
        {
          title: "有什么不同",
          render: (_, [, words]) => words.map((one) => <div key={one}>{one}</div>),
        },
      ]}
    />
  );
}

/** 演练结果: what the tickets of last month would have come to. */
export function TrialReport({ result, days }: { result: Result; days: number }) {
  const missed = Object.entries(result.missed as Record<string, { before: number; after: number }>);
  if (result.tickets === 0) {
    return (
      <section aria-label="演练结果" className="policies-trial">
        <Alert showIcon type="info" title={`近 ${days} 天没有工单，看不出影响`} />
      </section>
    );
  }
  return (
    <section aria-label="演练结果" className="policies-trial">
      <Alert
        showIcon
        type={result.changed.length + result.refused.length > 0 ? "warning" : "success"}
        title={`近 ${days} 天 ${result.tickets} 件工单：${result.changed.length} 件会有不同，${result.refused.length} 个操作会被拒绝`}
      />
      {missed.length > 0 && (
        <Table
          size="small"
          pagination={false}
          rowKey={([name]) => name}
          dataSource={missed}
          columns={[
            { title: "超时", render: (_, [name]) => timerOf(name) },
            { title: "现行规则", render: (_, [, counts]) => counts.before },
            { title: "修改后", render: (_, [, counts]) => counts.after },
          ]}
        />
      )}
      {result.changed.length > 0 && (
        <Tickets
          title="会有不同的工单"
          rows={(result.changed as unknown as ChangedTicket[]).map((one) => [one.ticket_no, differences(one)])}
        />
      )}
      {result.refused.length > 0 && (
        <Tickets
          title="会被拒绝的操作"
          rows={(result.refused as unknown as RefusedDeed[]).map((one) => [one.ticket_no, [deedWords(one)]])}
        />
      )}
      {result.not_replayable.length > 0 && <p>{result.not_replayable.length} 件工单无法照原样重演，未计入</p>}
    </section>
  );
}
