import { useQuery } from "@tanstack/react-query";
import dayjs from "dayjs";
import { Link, useNavigate } from "react-router";

import { api, got } from "../../api/client";
import { STANDINGS } from "../../knowledge/entries";
import { opensRow } from "../../tickets/row-click";

/** In which tickets and calls an entry was cited (引用记录). */
export function Citations({ code }: { code: string }) {
  const navigate = useNavigate();
  const cited = useQuery({
    queryKey: ["knowledge", "citations", code],
    queryFn: async () => got(await api.GET("/api/knowledge/{code}/citations", { params: { path: { code } } })),
  });
  return (
    <section aria-label="引用记录" className="knowledge-history">
      <h3>引用记录</h3>
      <ul className="knowledge-citations">
        {(cited.data ?? []).slice(0, 20).map((one) => (
          <li
            key={`${one.ticket_no} ${one.at}`}
            onClick={(event) => {
              if (opensRow(event)) void navigate(`/tickets/${one.ticket_no}`);
            }}
          >
            {dayjs(one.at).format("YYYY-MM-DD HH:mm")} {one.actor} 工单{" "}
            <Link to={`/tickets/${one.ticket_no}`}>{one.ticket_no}</Link> 第{one.version}版
            {one.standing !== "valid" && `（当时${STANDINGS[one.standing]}）`}
          </li>
        ))}
      </ul>
    </section>
  );
}
