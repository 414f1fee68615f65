import { useQuery } from "@tanstack/react-query";
import { Badge, Empty, Tabs } from "antd";
import { useSearchParams } from "react-router";

import { api, got } from "../../api/client";
import { type Kind, QUEUES, type Queue } from "../../tickets/words";
import { SUPERVISING, UNIT_ROLES } from "../../session/roles";
import { hasRole, type Role, useSession } from "../../session/session";
import "./inbox.css";
import { WorkList } from "./work-list";

/** Who has which list, as the API has it; what one works on comes first. */
const LISTS: readonly { queue: Queue; roles: readonly Role[] }[] = [
  { queue: "unit", roles: UNIT_ROLES },
  { queue: "callback", roles: ["callback_agent", ...SUPERVISING] },
  { queue: "supervisor", roles: SUPERVISING },
  { queue: "dispatcher", roles: ["dispatcher", ...SUPERVISING] },
  { queue: "agent", roles: ["agent"] },
  { queue: "emergency", roles: ["agent", "dispatcher", ...SUPERVISING] },
  { queue: "messages", roles: ["agent", "dispatcher", ...SUPERVISING] },
];

/** 待办: the work lists of a user, one beside the other. */
export default function Inbox() {
  const { user } = useSession();
  const [search, setSearch] = useSearchParams();
  const counts = useQuery({
    queryKey: ["inbox", "counts"],
    queryFn: async () => got(await api.GET("/api/inbox")),
    refetchInterval: 15_000,
  });
  const mine = LISTS.filter(({ roles }) => hasRole(user, roles)).map(({ queue }) => queue);
  const asked = mine.find((queue) => queue === search.get("list"));
  const shown = asked ?? mine[0];
  if (shown === undefined) return <Empty description="您没有待办列表" />;
  const ofKind = new Map(
    (counts.data ?? []).filter((one) => one.queue === shown).map((one) => [one.kind as Kind, one.count]),
  );
  const countOf = (queue: Queue) =>
    (counts.data ?? []).filter((one) => one.queue === queue).reduce((sum, one) => sum + one.count, 0);
  return (
    <div className="inbox">
      {mine.length > 1 && (
        <Tabs
          size="small"
          activeKey={shown}
          onChange={(list) => setSearch({ list }, { replace: true })}
          items={mine.map((queue) => ({
            key: queue,
            label: (
              <>
                {QUEUES[queue]} <Badge count={countOf(queue)} overflowCount={999} color="#5c6670" />
              </>
            ),
          }))}
        />
      )}
      <WorkList key={shown} queue={shown} counts={ofKind} />
    </div>
  );
}
