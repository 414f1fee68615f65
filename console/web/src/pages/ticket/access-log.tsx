import { useQuery } from "@tanstack/react-query";
import { Alert, Button, Modal, Table } from "antd";
import dayjs from "dayjs";
import { useState } from "react";

import { api, got } from "../../api/client";
import { textOf } from "../../api/errors";
import type { components } from "../../api/schema";
import { AUDITORS, ROLE_NAMES } from "../../session/roles";
import { hasRole, type Role, useSession } from "../../session/session";
import { isHidden } from "../../tickets/forms";
import type { Ticket } from "../../tickets/queries";

type Unmasked = components["schemas"]["Unmasked"];

/** 查看记录: who saw the citizen of a hidden ticket, when and why. */
export function AccessLog({ ticket }: { ticket: Ticket }) {
  const { user } = useSession();
  const [isOpen, setOpen] = useState(false);
  if (!hasRole(user, AUDITORS) || !(isHidden(ticket) || ticket.reject_code === "N3")) return null;
  return (
    <>
      <Button onClick={() => setOpen(true)}>查看记录</Button>
      <Modal
        open={isOpen}
        title="诉求人信息查看记录"
        width={720}
        footer={null}
        destroyOnHidden
        onCancel={() => setOpen(false)}
      >
        <Log no={ticket.ticket_no ?? ""} />
      </Modal>
    </>
  );
}

function Log({ no }: { no: string }) {
  const found = useQuery({
    queryKey: ["ticket", no, "access"],
    queryFn: async () => got(await api.GET("/api/tickets/{ticket_no}/access", { params: { path: { ticket_no: no } } })),
    staleTime: 0,
  });
  return (
    <>
      {found.isError && <Alert showIcon type="error" title={textOf(found.error)} />}
      <Table<Unmasked>
        size="small"
        rowKey="seq"
        loading={found.isPending}
        dataSource={found.data}
        pagination={false}
        scroll={{ y: 400 }}
        locale={{ emptyText: "没有人查看过" }}
        columns={[
          { title: "时间", width: 160, render: (_, one) => dayjs(one.at).format("YYYY-MM-DD HH:mm:ss") },
          {
            title: "查看人",
            width: 200,
            render: (_, one) => `${one.full_name ?? one.actor}（${ROLE_NAMES[one.role as Role]}）`,
          },
          { title: "原因", dataIndex: "reason" },
        ]}
      />
    </>
  );
}
