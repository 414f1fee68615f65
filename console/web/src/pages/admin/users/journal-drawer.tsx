import { useInfiniteQuery } from "@tanstack/react-query";
import { Alert, Button, Drawer, Table } from "antd";
import dayjs from "dayjs";

import { api, got } from "../../../api/client";
import { textOf } from "../../../api/errors";
import { ROLE_NAMES } from "../../../session/roles";
import { COMMANDS, type JournalEntry, PROGRAMS, REASONS } from "./words";

const PAGE = 50;

/** 账号记录: log-ins, failures and changes, newest first. */
export function JournalDrawer({ name, onClose }: { name: string | null; onClose: () => void }) {
  return (
    <Drawer open={name !== null} onClose={onClose} size={760} title={`${name ?? ""} 的登录与变更记录`}>
      {name !== null && <Journal name={name} />}
    </Drawer>
  );
}

function Journal({ name }: { name: string }) {
  const pages = useInfiniteQuery({
    queryKey: ["accounts", "journal", name],
    initialPageParam: undefined as number | undefined,
    queryFn: async ({ pageParam }) => {
      const query = { limit: PAGE, ...(pageParam !== undefined && { before: pageParam }) };
      const params = { path: { name }, query };
      return got(await api.GET("/api/accounts/{name}/journal", { params }));
    },
    getNextPageParam: ({ events }) => {
      const last = events.at(-1)?.seq;
      return events.length === PAGE && last !== undefined && last > 1 ? last : undefined;
    },
  });
  const found = pages.data?.pages ?? [];
  return (
    <>
      {pages.isError && <Alert showIcon type="error" title={textOf(pages.error)} />}
      {found[0]?.is_whole === false && (
        <Alert showIcon type="error" title="记录被改动过：校验链不完整，请立即核查" />
      )}
      <Table<JournalEntry>
        size="small"
        rowKey="seq"
        loading={pages.isPending}
        dataSource={found.flatMap((page) => page.events)}
        pagination={false}
        columns={[
          {
            title: "时间",
            dataIndex: "at",
            width: 150,
            render: (at: string) => dayjs(at).format("YYYY-MM-DD HH:mm:ss"),
          },
          { title: "事项", width: 200, render: (_, entry) => <What entry={entry} /> },
          { title: "经办", render: (_, { actor }) => PROGRAMS[actor] ?? actor },
          { title: "地址", dataIndex: "address", width: 130 },
        ]}
      />
      {pages.hasNextPage && (
        <Button block loading={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
          更早的记录
        </Button>
      )}
    </>
  );
}

function What({ entry: { command, data } }: { entry: JournalEntry }) {
  const more: string[] = [];
  if (typeof data.reason === "string") more.push(REASONS[data.reason] ?? data.reason);
  if (typeof data.number === "string") more.push(data.number);
  if (data.locked === true) more.push("已锁定");
  if (data.factor === "recovery") more.push("用恢复码");
  if (Array.isArray(data.roles)) {
    more.push(data.roles.map((role) => (ROLE_NAMES as Record<string, string>)[String(role)]).join("、"));
  }
  return (
    <>
      {COMMANDS[command] ?? command}
      {more.length > 0 && `（${more.join("，")}）`}
    </>
  );
}
