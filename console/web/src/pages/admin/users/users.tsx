import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Alert, App, Button, Dropdown, Flex, Input, Select, Space, Table, Typography } from "antd";
import dayjs from "dayjs";
import { useState } from "react";

import { api, got } from "../../../api/client";
import { textOf } from "../../../api/errors";
import { namedList } from "../../../forms/named-list";
import { ROLE_NAMES } from "../../../session/roles";
import { hasRole, useSession } from "../../../session/session";
import { AccountForm } from "./account-form";
import { JournalDrawer } from "./journal-drawer";
import { OneTimePassword } from "./one-time-password";
import { type Account, PEOPLE_ROLES, useUnitNames } from "./words";
import "./users.css";

interface Filter {
  q: string;
  role: Account["roles"][number] | null;
  disabled: boolean;
}

type Command = "password" | "totp-reset" | "disable" | "enable";

/** 账号管理: who may use the console, and what happened to each account. */
export default function Users() {
  const { user } = useSession();
  const mayChange = hasRole(user, ["security_admin"]);
  const units = useUnitNames();
  const [filter, setFilter] = useState<Filter>({ q: "", role: null, disabled: false });
  const [edited, setEdited] = useState<Account | "new" | null>(null);
  const [read, setRead] = useState<string | null>(null);
  const [told, setTold] = useState<{ name: string; password: string } | null>(null);
  const accounts = useAccounts(filter);
  const { act, failure } = useCommands((name, password) => setTold({ name, password }));

  return (
    <>
      <Flex justify="space-between" align="center" wrap gap={12} className="users-head">
        <Typography.Title level={1} className="users-title">
          账号管理
        </Typography.Title>
        <Space wrap>
          <Input.Search
            allowClear
            placeholder="账号、姓名或工号"
            aria-label="查找账号"
            maxLength={40}
            onSearch={(q) => setFilter({ ...filter, q: q.trim() })}
          />
          <Select
            allowClear
            placeholder="全部角色"
            aria-label="角色"
            popupRender={namedList("角色")}
            className="users-role"
            value={filter.role}
            options={PEOPLE_ROLES.map((role) => ({ value: role, label: ROLE_NAMES[role] }))}
            onChange={(role: Filter["role"] | undefined) => setFilter({ ...filter, role: role ?? null })}
          />
          <Select
            aria-label="状态"
            popupRender={namedList("状态")}
            value={filter.disabled}
            options={[
              { value: false, label: "在用" },
              { value: true, label: "已停用" },
            ]}
            onChange={(disabled) => setFilter({ ...filter, disabled })}
          />
          {mayChange && (
            <Button type="primary" onClick={() => setEdited("new")}>
              新建账号
            </Button>
          )}
        </Space>
      </Flex>
      {failure !== null && <Alert showIcon type="error" title={failure} className="users-said" />}
      {accounts.isError && (
        <Alert showIcon type="error" title={textOf(accounts.error)} className="users-said" />
      )}
      <Table<Account>
        size="small"
        rowKey="name"
        loading={accounts.isPending}
        dataSource={accounts.data ?? []}
        pagination={{ pageSize: 20, hideOnSinglePage: true, showSizeChanger: false }}
        locale={{ emptyText: "没有符合条件的账号" }}
        columns={[
          { title: "账号", dataIndex: "name", render: (name: string) => <strong>{name}</strong> },
          { title: "姓名", dataIndex: "full_name" },
          {
            title: "角色",
            dataIndex: "roles",
            render: (roles: Account["roles"]) => roles.map((role) => ROLE_NAMES[role]).join("、"),
          },
          {
            title: "单位",
            dataIndex: "unit",
            render: (unit: string | null) => (unit === null ? "" : (units.get(unit) ?? unit)),
          },
          { title: "工号", dataIndex: "agent_no" },
          {
            title: "动态口令",
            dataIndex: "has_totp",
            render: (has: boolean) => (has ? "已绑定" : "未绑定"),
          },
          {
            title: "最近登录",
            dataIndex: "last_sign_in_at",
            render: (at: string | null) => (at === null ? "从未" : dayjs(at).format("YYYY-MM-DD HH:mm")),
          },
          { title: "状态", render: (_, one) => <Standing one={one} /> },
          {
            title: "操作",
            width: 190,
            render: (_, one) => (
              <Space>
                <Button size="small" onClick={() => setRead(one.name)}>
                  记录
                </Button>
                {mayChange && !one.roles.includes("system") && (
                  <>
                    <Button size="small" onClick={() => setEdited(one)}>
                      修改
                    </Button>
                    {one.name !== user.name && <More one={one} act={act} />}
                  </>
                )}
              </Space>
            ),
          },
        ]}
      />
      {edited !== null && (
        <AccountForm
          account={edited === "new" ? null : edited}
          onClose={() => setEdited(null)}
          onMade={(name, password) => setTold({ name, password })}
        />
      )}
      {told !== null && <OneTimePassword {...told} onClose={() => setTold(null)} />}
      <JournalDrawer name={read} onClose={() => setRead(null)} />
    </>
  );
}

function Standing({ one }: { one: Account }) {
  if (one.disabled_at !== null) return "已停用";
  if (one.locked_until !== null) {
    const until = dayjs(one.locked_until).format("HH:mm");
    return <Typography.Text type="danger">锁定至 {until}</Typography.Text>;
  }
  return one.must_change ? <Typography.Text type="warning">待首次登录</Typography.Text> : "在用";
}

function More({ one, act }: { one: Account; act: (one: Account, command: Command) => void }) {
  const { modal } = App.useApp();
  const ask = (command: Command, title: string, content: string) =>
    modal.confirm({ title, content, okText: "确定", cancelText: "取消", onOk: () => act(one, command) });
  const items = [
    {
      key: "password",
      label: "重置密码",
      onClick: () => ask("password", `重置 ${one.name} 的密码？`, "会生成一次性密码，其登录全部结束。"),
    },
    {
      key: "totp-reset",
      label: "重置动态口令",
      disabled: !one.has_totp,
      onClick: () => ask("totp-reset", `重置 ${one.name} 的动态口令？`, "之后只凭密码登录，直到再次绑定。"),
    },
    ...(one.disabled_at === null && one.locked_until !== null
      ? [{ key: "unlock", label: "解除锁定", onClick: () => act(one, "enable") }]
      : []),
    one.disabled_at === null
      ? {
          key: "disable",
          label: "停用",
          danger: true,
          onClick: () => ask("disable", `停用 ${one.name}？`, "其登录和令牌立即失效，记录保留。"),
        }
      : { key: "enable", label: "启用", onClick: () => act(one, "enable") },
  ];
  return (
    <Dropdown trigger={["click"]} menu={{ items }}>
      <Button size="small" aria-label={`${one.name} 的更多操作`}>
        更多
      </Button>
    </Dropdown>
  );
}

function useAccounts({ q, role, disabled }: Filter) {
  const query = { disabled, limit: 1000, ...(q && { q }), ...(role && { role }) };
  return useQuery({
    queryKey: ["accounts", query],
    queryFn: async () => got(await api.GET("/api/accounts", { params: { query } })),
  });
}

/** Commands of a row; `onPassword` gets the one-time password of a reset. */
function useCommands(onPassword: (name: string, password: string) => void) {
  const client = useQueryClient();
  const run = useMutation({
    mutationFn: async ({ name, command }: { name: string; command: Command }) => {
      const params = { params: { path: { name } } };
      switch (command) {
        case "password":
          onPassword(name, got(await api.POST("/api/accounts/{name}/password", params)).password);
          break;
        case "totp-reset":
          await api.POST("/api/accounts/{name}/totp-reset", params);
          break;
        case "disable":
          await api.POST("/api/accounts/{name}/disable", params);
          break;
        case "enable":
          await api.POST("/api/accounts/{name}/enable", params);
      }
    },
    onSettled: () => client.invalidateQueries({ queryKey: ["accounts"] }),
  });
  return {
    act: ({ name }: Account, command: Command) => run.mutate({ name, command }),
    failure: run.error === null ? null : textOf(run.error),
  };
}
