import { Button } from "antd";
import { useEffect } from "react";

import { usePhone } from "../../phone/phone";
import { QualityTag } from "../../phone/quality-tag";

/** A call to the line, which says again what one says: network and devices together. */
export function EchoTest() {
  const { phone, registration, call } = usePhone();
  const isEcho = call !== null && call.direction === "outgoing";
  useEffect(() => phone.endEcho, [phone]);
  return (
    <section aria-label="回声测试" className="phone-test">
      {isEcho ? (
        <Button danger onClick={phone.endEcho}>
          结束回声测试
        </Button>
      ) : (
        <Button
          onClick={() => void phone.dialEcho()}
          disabled={registration !== "registered" || call !== null}
        >
          回声测试
        </Button>
      )}
      <span role="status">
        {isEcho && (call.stage === "talking" ? "请说话，线路会把您的声音送回来" : "正在接通")}
        {!isEcho && "拨打线路，听到自己的声音说明网络和设备都正常，最长 60 秒"}
      </span>
      {isEcho && <QualityTag quality={call.quality} />}
    </section>
  );
}
