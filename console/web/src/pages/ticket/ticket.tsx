import { Card } from "antd";
import { useLocation, useNavigate, useParams } from "react-router";

import { TicketView } from "./ticket-view";

/** 工单: one ticket by its number; after a command from a list, back to it. */
export default function TicketPage() {
  const { no = "" } = useParams();
  const navigate = useNavigate();
  const state: unknown = useLocation().state;
  const isFromList = typeof state === "object" && state !== null && "list" in state;
  return (
    <Card className="ticket-page">
      <TicketView key={no} no={no} onDone={isFromList ? () => void navigate(-1) : undefined} />
    </Card>
  );
}
