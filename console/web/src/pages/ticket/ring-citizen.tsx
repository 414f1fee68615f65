import { PhoneOutlined } from "@ant-design/icons";
import { App, Button } from "antd";
import { useState } from "react";

import { api } from "../../api/client";
import { textOf } from "../../api/errors";
import { UNIT_ROLES } from "../../session/roles";
import { hasRole, type Role, useSession } from "../../session/session";
import type { Ticket } from "../../tickets/queries";
import { ENDED } from "../../tickets/words";

const CALLERS: readonly Role[] = ["agent", "callback_agent", "dispatcher", "supervisor"];

/** 回拨, of a unit 联系诉求人: with the hotline's number, recorded, the number stays hidden. */
export function RingCitizen({ ticket }: { ticket: Ticket }) {
  const { user } = useSession();
  const { message } = App.useApp();
  const [isBusy, setBusy] = useState(false);
  const no = ticket.ticket_no ?? "";
  const isOfUnit = hasRole(user, UNIT_ROLES);
  const mayRing = isOfUnit || (user.agent_no !== null && hasRole(user, CALLERS));
  if (!mayRing || ENDED.has(ticket.state ?? "")) return null;
  const ring = async () => {
    setBusy(true);
    const params = { path: { ticket_no: no } };
    try {
      if (isOfUnit) {
        await api.POST("/api/tickets/{ticket_no}/contact", { params });
        void message.info("正在呼叫贵单位值班电话，接听后按 1 接通诉求人");
      } else {
        await api.POST("/api/tickets/{ticket_no}/call", { params });
        void message.info("正在呼叫您的话机，接听后接通市民");
      }
    } catch (failure) {
      void message.error(textOf(failure));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Button icon={<PhoneOutlined />} loading={isBusy} onClick={() => void ring()}>
      {isOfUnit ? "联系诉求人" : "回拨市民"}
    </Button>
  );
}
