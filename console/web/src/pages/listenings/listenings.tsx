import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Alert, Button, Card, DatePicker, Form, Input, Space, Table, Typography } from "antd";
import dayjs, { type Dayjs } from "dayjs";
import { useState } from "react";

import { api, got } from "../../api/client";
import { textOf } from "../../api/errors";
import type { components, paths } from "../../api/schema";
import { ROLE_NAMES } from "../../session/roles";
import type { Role } from "../../session/session";

type Listened = components["schemas"]["Listened"];
type Wanted = Omit<NonNullable<paths["/api/recordings/listenings"]["get"]["parameters"]["query"]>, "limit">;

interface Values {
  actor?: string;
  since?: Dayjs | null;
}

/** So many the server tells at once. */
const MOST = 200;

/** 调听记录: who was given which recording to hear, when and why; the newest first. */
export default function ListeningsPage() {
  const [wanted, setWanted] = useState<Wanted>({});
  const [form] = Form.useForm<Values>();
  const found = useQuery({
    queryKey: ["listenings", wanted],
    queryFn: async () =>
      got(await api.GET("/api/recordings/listenings", { params: { query: { ...wanted, limit: MOST } } })),
    placeholderData: keepPreviousData,
    staleTime: 0,
  });
  const search = ({ actor, since }: Values) =>
    setWanted({
      ...(actor?.trim() && { actor: actor.trim() }),
      ...(since && { since: since.startOf("day").format() }),
    });
  return (
    <Card>
      <Typography.Title level={1} style={{ fontSize: 20, marginTop: 0 }}>
        调听记录
      </Typography.Title>
      <Form<Values> form={form} layout="inline" onFinish={search} style={{ marginBottom: 12 }}>
        <Form.Item name="actor" label="调听人账号">
          <Input maxLength={80} allowClear style={{ width: 160 }} />
        </Form.Item>
        <Form.Item name="since" label="起始日期">
          <DatePicker />
        </Form.Item>
        <Button type="primary" htmlType="submit">
          查询
        </Button>
      </Form>
      {wanted.call_id !== undefined && (
        <Space wrap style={{ marginBottom: 12 }}>
          <Typography.Text>只看通话 {wanted.call_id}</Typography.Text>
          <Button
            size="small"
            onClick={() => {
              form.resetFields();
              setWanted({});
            }}
          >
            看全部
          </Button>
        </Space>
      )}
      {found.isError && <Alert showIcon type="error" title={textOf(found.error)} />}
      <Table<Listened>
        size="small"
        rowKey={(one) => `${one.call_id}:${one.seq}`}
        loading={found.isFetching}
        dataSource={found.data}
        pagination={{ pageSize: 20, hideOnSinglePage: true, showSizeChanger: false }}
        locale={{ emptyText: "没有调听记录" }}
        columns={[
          { title: "时间", width: 160, render: (_, one) => dayjs(one.at).format("YYYY-MM-DD HH:mm:ss") },
          {
            title: "调听人",
            width: 260,
            render: (_, one) =>
              `${one.full_name === null ? "" : `${one.full_name} `}${one.actor}（${ROLE_NAMES[one.role as Role]}）`,
          },
          { title: "原因", dataIndex: "reason" },
          {
            title: "通话",
            width: 240,
            render: (_, one) => (
              <Button
                type="link"
                size="small"
                title="只看此通话的调听"
                style={{ padding: 0 }}
                onClick={() => setWanted({ call_id: one.call_id })}
              >
                {one.call_id}
              </Button>
            ),
          },
          { title: "登录地址", dataIndex: "address", width: 130 },
        ]}
      />
      {(found.data?.length ?? 0) >= MOST && (
        <Typography.Text type="secondary">只列出最近 {MOST} 条；更早的请按调听人或通话查找。</Typography.Text>
      )}
    </Card>
  );
}
