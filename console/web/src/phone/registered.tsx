import { Badge, Button, Space } from "antd";

import { usePhone } from "./phone";
import type { Registration } from "./softphone";

const TEXTS: Record<Registration, { status: "success" | "processing" | "error"; text: string }> = {
  off: { status: "error", text: "网页话机没有登记" },
  connecting: { status: "processing", text: "正在连接线路" },
  registered: { status: "success", text: "网页话机已登记，可以接听" },
  elsewhere: { status: "error", text: "网页话机在另一个页面" },
  ended: { status: "error", text: "登录已失效" },
};

/** Whether the page can be rung, and what hinders. */
export function Registered() {
  const { phone, registration, problem } = usePhone();
  return (
    <Space role="status">
      <Badge {...TEXTS[registration]} />
      {problem !== null && registration === "connecting" && <span>{problem}</span>}
      {registration === "elsewhere" && (
        <Button size="small" onClick={phone.takeOver}>
          在此页面接听
        </Button>
      )}
    </Space>
  );
}
