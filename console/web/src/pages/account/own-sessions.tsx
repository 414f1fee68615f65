import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Alert, Button, Table, Tag } from "antd";
import dayjs from "dayjs";

import { api, got } from "../../api/client";
import { textOf } from "../../api/errors";
import type { components } from "../../api/schema";
import { browserOf } from "./browser-name";

type OwnSession = components["schemas"]["OwnSession"];

/** Where one is signed in; what was left open somewhere is ended here. */
export function OwnSessions() {
  const client = useQueryClient();
  const sessions = useQuery({
    queryKey: ["own-sessions"],
    queryFn: async () => got(await api.GET("/api/sessions")),
  });
  const end = useMutation({
    mutationFn: (session_id: string) =>
      api.DELETE("/api/sessions/{session_id}", { params: { path: { session_id } } }),
    onSettled: () => client.invalidateQueries({ queryKey: ["own-sessions"] }),
  });
  const failure = sessions.error ?? end.error;

  return (
    <>
      {failure !== null && <Alert showIcon type="error" title={textOf(failure)} className="said" />}
      <Table<OwnSession>
        size="small"
        rowKey="session_id"
        loading={sessions.isPending}
        dataSource={sessions.data ?? []}
        pagination={false}
        locale={{ emptyText: "没有登录" }}
        columns={[
          {
            title: "设备",
            render: (_, one) => (
              <>
                {browserOf(one.browser)} {one.is_this && <Tag color="blue">当前页面</Tag>}
              </>
            ),
          },
          { title: "地址", dataIndex: "address" },
          { title: "登录时间", dataIndex: "started_at", render: shown },
          { title: "最近使用", dataIndex: "last_used_at", render: shown },
          { title: "最迟失效", dataIndex: "expires_at", render: shown },
          {
            title: "操作",
            width: 120,
            render: (_, one) =>
              one.is_this ? null : (
                <Button size="small" loading={end.isPending} onClick={() => end.mutate(one.session_id)}>
                  结束登录
                </Button>
              ),
          },
        ]}
      />
    </>
  );
}

function shown(at: string): string {
  return dayjs(at).format("MM-DD HH:mm");
}
