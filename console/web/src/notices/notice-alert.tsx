import { Alert } from "antd";
import dayjs from "dayjs";

import type { components } from "../api/schema";

/** 热点通知: what many call about. */
export function NoticeAlert({ notice }: { notice: components["schemas"]["Notice"] }) {
  const { area, reason, event, expected_at: expected, details } = notice;
  return (
    <Alert
      showIcon
      type="info"
      title={`${area}因${reason}${event}，预计 ${dayjs(expected).format("M月D日 HH:mm")} 恢复`}
      description={details}
    />
  );
}
