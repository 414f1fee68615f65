import { useMutation } from "@tanstack/react-query";
import { Alert, Button, Descriptions, Modal, Space, Typography } from "antd";

import { api, got } from "../../../api/client";
import { textOf } from "../../../api/errors";
import { hasRole, useSession } from "../../../session/session";
import type { Row } from "./schema";

/** 话机密码: with what the desk phones of an agent or a unit register; each view is put on record. */
export function PhonePasswords({ kind, data }: { kind: string; data: Row }) {
  const { user } = useSession();
  const account = useMutation({
    mutationFn: async (number: string) =>
      got(await api.POST("/api/admin/phones/{number}/reveal", { params: { path: { number } } })),
    gcTime: 0, // shown this once
  });
  const numbers = numbersOf(kind, data);
  if (numbers.length === 0 || !hasRole(user, ["admin"])) return null;
  return (
    <section aria-label="话机密码" className="city-phones">
      <Space wrap>
        {numbers.map((number) => (
          <Button
            key={number}
            loading={account.isPending && account.variables === number}
            onClick={() => account.mutate(number)}
          >
            显示话机密码（{number}）
          </Button>
        ))}
      </Space>
      {account.isError && <Alert showIcon type="error" role="alert" title={textOf(account.error)} />}
      {account.data !== undefined && (
        <Modal
          open
          title={`话机 ${account.variables} 的登记信息`}
          closable={false}
          footer={
            <Button type="primary" autoFocus onClick={account.reset}>
              已记下
            </Button>
          }
        >
          <Descriptions
            size="small"
            column={1}
            items={[
              { key: "host", label: "服务器", children: `${account.data.host}:${account.data.port}（${account.data.transport}）` },
              { key: "username", label: "用户名", children: <Copied text={account.data.username} /> },
              { key: "password", label: "密码", children: <Copied text={account.data.password} /> },
            ]}
          />
          <Alert showIcon type="warning" title="只用于话机登记，请勿外传；本次查看已留存记录。" />
        </Modal>
      )}
    </section>
  );
}

function Copied({ text }: { text: string }) {
  return (
    <Typography.Text code copyable={{ tooltips: ["复制", "已复制"] }}>
      {text}
    </Typography.Text>
  );
}

/** Extensions that may be phones of this line; a number outside has no account here. */
function numbersOf(kind: string, data: Row): readonly string[] {
  if (kind === "agents" && typeof data.number === "string") return [data.number];
  if (kind === "contacts" && Array.isArray(data.contacts)) {
    const found = (data.contacts as Row[]).map(({ number }) => number);
    return found.filter((number) => typeof number === "string");
  }
  return [];
}
