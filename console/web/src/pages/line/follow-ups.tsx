import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";

import { api, got } from "../../api/client";
import { TimeLeft } from "../../tickets/time-left";
import { DEADLINES } from "../../tickets/words";

/** So many are named, the longest overdue first. */
const NAMED = 3;

/** 紧急跟进超时: emergencies that were passed on and of which nobody has asked in time what became. */
export function LateFollowUps() {
  const late = useQuery({
    queryKey: ["inbox", "emergency", "late"],
    queryFn: async () => {
      const params = { path: { queue: "emergency" as const }, query: { is_overdue: true, limit: 100 } };
      return got(await api.GET("/api/inbox/{queue}", { params })).rows;
    },
    staleTime: 0,
    refetchInterval: 20_000,
  });
  const rows = late.data ?? [];
  return (
    <div>
      <dt>紧急跟进超时</dt>
      <dd className={rows.length > 0 ? "line-bad" : undefined}>{rows.length}</dd>
      {rows.slice(0, NAMED).map((one) => (
        <dd key={one.ticket_no} className="line-late">
          <Link to={`/tickets/${one.ticket_no}`}>{one.ticket_no}</Link>
          <TimeLeft name={DEADLINES[one.deadline]} left={one.left_s} readAt={late.dataUpdatedAt} />
        </dd>
      ))}
    </div>
  );
}
