import { Button, Tag } from "antd";
import { Link, useLocation } from "react-router";

import { useKeys } from "../keys/use-keys";
import { useLive } from "../live/live";
import { citizenOf } from "../live/messages";
import { usePhone } from "../phone/phone";
import { TAG } from "../theme";
import { CALL_STATES } from "../words";
import "./call-strip.css";

/** The agent's call while he is at another page than the desk: nobody rings unseen. */
export function CallStrip() {
  const call = useLive().desk?.call ?? null;
  const { phone, call: own } = usePhone();
  const isAtDesk = useLocation().pathname === "/desk";
  const isRinging = own?.direction === "incoming" && own.stage === "ringing";
  const answer = isRinging && !isAtDesk ? () => void phone.answer() : undefined;
  useKeys({ F2: answer });
  if (call === null || isAtDesk) return null;
  return (
    <section aria-label="通话" className="call-strip">
      <Tag variant="solid" color={call.state === "ringing" ? TAG.waiting : TAG.busy}>
        {CALL_STATES[call.state]}
      </Tag>
      <strong>{citizenOf(call) ?? "未显示号码"}</strong>
      {answer !== undefined && (
        <Button type="primary" size="small" onClick={answer}>
          接听 <kbd>F2</kbd>
        </Button>
      )}
      <Link to="/desk">到坐席页操作</Link>
    </section>
  );
}
