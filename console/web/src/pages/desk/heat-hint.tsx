import { useQuery } from "@tanstack/react-query";
import { Alert } from "antd";

import { api, got } from "../../api/client";
import { NoticeAlert } from "../../notices/notice-alert";

/** 热点提示: how many filed the same at this place of late, and what is announced there. */
export function HeatHint({ category, region }: { category: string | null; region: string | null }) {
  const heat = useQuery({
    queryKey: ["heat", category, region],
    enabled: category !== null && region !== null,
    queryFn: async () =>
      got(await api.GET("/api/heat", { params: { query: { category_l2: category ?? "", region: region ?? "" } } })),
    refetchInterval: 60_000,
  });
  const told = heat.data;
  if (told === undefined || category === null || region === null) return null;
  const usual = told.usual >= 0.1 ? `，平时每天 ${told.usual} 件` : "";
  return (
    <>
      {told.is_hot && (
        <Alert showIcon type="warning" title={`热点：同一地区同类诉求 24 小时内已有 ${told.last_day} 件${usual}`} />
      )}
      {told.notices.map((one) => <NoticeAlert key={one.id} notice={one} />)}
    </>
  );
}
