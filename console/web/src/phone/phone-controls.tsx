import { Alert, Button, Popover, Space } from "antd";

import { usePhone } from "./phone";
import { QualityTag } from "./quality-tag";
import "./phone-controls.css";

const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"];

/** What only the softphone does in a call: mute, keypad, quality; nothing for a desk phone. */
export function PhoneControls() {
  const { phone, call, problem } = usePhone();
  if (call === null || call.direction === "outgoing" || call.stage === "ringing") {
    return problem === null ? null : <Alert showIcon type="warning" title={problem} />;
  }
  return (
    <Space wrap size={[6, 6]}>
      <Button
        onClick={() => phone.mute(!call.muted)}
        type={call.muted ? "primary" : "default"}
        aria-pressed={call.muted}
      >
        {call.muted ? "取消静音" : "静音"} <kbd>F3</kbd>
      </Button>
      <Popover
        trigger="click"
        placement="rightTop"
        content={
          <div className="keypad" role="group" aria-label="拨号键盘">
            {KEYS.map((digit) => (
              <Button key={digit} onClick={() => phone.press(digit)}>
                {digit}
              </Button>
            ))}
          </div>
        }
      >
        <Button>拨号键盘</Button>
      </Popover>
      <QualityTag quality={call.quality} />
      {problem !== null && <Alert showIcon type="warning" title={problem} />}
    </Space>
  );
}
