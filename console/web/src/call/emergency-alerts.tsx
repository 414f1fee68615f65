import { Alert, Button } from "antd";

import type { CallView } from "../live/messages";
import { secondsSince } from "../live/use-now";
import { SERVICES } from "./commands";

/** What sounded like danger, and the service that one key brings in. */
export function DangerAlert({ danger, onTransfer }: { danger: NonNullable<CallView["danger"]>; onTransfer: () => void }) {
  const service = SERVICES.find((one) => one.service === danger.service);
  return (
    <Alert
      showIcon
      type="error"
      title={`可能有危险：${danger.words.join("、")}`}
      action={
        <Button danger size="small" onClick={onTransfer}>
          转 {service?.name ?? danger.service} <kbd>Alt+E</kbd>
        </Button>
      }
    />
  );
}

/** Chosen before the talk began; it may be taken back until then. */
export function WantedAlert({ service, onForget }: { service: string; onForget: () => void }) {
  return (
    <Alert
      showIcon
      type="error"
      title={`接通后立即呼叫 ${service}`}
      action={
        <Button size="small" onClick={onForget}>
          撤销 <kbd>Esc</kbd>
        </Button>
      }
    />
  );
}

interface Dialled {
  emergency: NonNullable<CallView["emergency"]>;
  /** Milliseconds of the clock. */
  now: number;
  onUndo: () => void;
}

/** It is dialled and may be undone for 3 s, or its desk takes part in the talk. Before that the
 *  citizen who pressed 9 chooses it. */
export function EmergencyAlert({ emergency: { service, undo_until, connected }, now, onUndo }: Dialled) {
  if (connected) return <Alert showIcon type="success" title={`${service} 已接通`} />;
  const left = undo_until === null ? 0 : -secondsSince(undo_until, now);
  return (
    <Alert
      showIcon
      type="error"
      title={service === null ? "来电人按了 9，正在选择紧急服务" : `正在呼叫 ${service}`}
      action={
        left > 0 && (
          <Button size="small" onClick={onUndo}>
            撤销 <kbd>Esc</kbd>（{Math.ceil(left)} 秒内）
          </Button>
        )
      }
    />
  );
}
