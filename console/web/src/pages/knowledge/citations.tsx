import { useQuery } from "@tanstack/react-query";
import dayjs from "dayjs";

import { api, got } from "../../api/client";
import { STANDINGS } from "../../knowledge/entries";

/** In which tickets and calls an entry was cited (引用记录). */
export function Citations({ code }: { code: string }) {
  const cited = useQuery({
    queryKey: ["knowledge", "citations", code],
    queryFn: async () => got(await api.GET("/api/knowledge/{code}/citations", { params: { path: { code } } })),
  });
  return (
    <section aria-label="引用记录" className="knowledge-history">
      <h3>引用记录</h3>
      <ul className="knowledge-citations">
        {(cited.data ?? []).slice(0, 20).map((one) => (
          <li key={`${one.ticket_no} ${one.at}`}>
            {dayjs(one.at).format("YYYY-MM-DD HH:mm")} {one.actor} 工单 {one.ticket_no} 第{one.version}版
            {one.standing !== "valid" && `（当时${STANDINGS[one.standing]}）`}
          </li>
        ))}
      </ul>
    </section>
  );
}
