import { Button, Tag } from "antd";
import { useState } from "react";
import { Link, useLocation } from "react-router";

import { type Service, useDeskCommands } from "../call/commands";
import { DangerAlert, EmergencyAlert, WantedAlert } from "../call/emergency-alerts";
import { EmergencyDialog } from "../call/emergency-dialog";
import { isComing, isInTalk } from "../call/stage";
import { useEmergency } from "../call/use-emergency";
import { useKeys } from "../keys/use-keys";
import { useLive } from "../live/live";
import { type CallView, citizenOf } from "../live/messages";
import { useIsAhead, useNow } from "../live/use-now";
import { usePhone } from "../phone/phone";
import { TAG } from "../theme";
import { CALL_STATES } from "../words";
import "./call-strip.css";

/** The agent's call while he is at another page than the desk: nobody rings or is in danger unseen. */
export function CallStrip() {
  const call = useLive().desk?.call ?? null;
  const isAtDesk = useLocation().pathname === "/desk";
  return call === null || isAtDesk ? null : <Strip call={call} />;
}

/** What cannot wait until he is back at the desk has the desk's keys here, too. */
function Strip({ call }: { call: CallView }) {
  const { phone, call: own } = usePhone();
  const commands = useDeskCommands();
  const now = useNow();
  const [isChoosing, setChoosing] = useState(false);
  const isRinging = own?.direction === "incoming" && own.stage === "ringing";
  const isOn = isInTalk(call);
  const isSoon = isComing(call, own?.stage === "talking");
  const emergency = useEmergency(call, isOn, commands.emergency);
  const dial = (service: Service) => {
    setChoosing(false);
    emergency.choose(service);
  };
  const { danger } = call;
  // Esc is taken from the page no longer than it undoes something.
  const mayUndo = useIsAhead(call.emergency?.undo_until ?? null);
  const answer = isRinging ? () => void phone.answer() : undefined;
  const hold = isOn ? () => void (call.state === "held" ? commands.unhold() : commands.hold()) : undefined;
  const hangUp = isOn ? () => void commands.hangUp() : undefined;
  const choose = isOn || isSoon ? () => setChoosing(true) : undefined;
  const transfer = danger !== null && isOn ? () => dial(danger.service as Service) : undefined;
  const undo = () => void (emergency.wanted !== null ? emergency.forget() : commands.undoEmergency());
  useKeys({
    F2: answer,
    F4: hold,
    F8: hangUp,
    F9: choose,
    "Alt+E": transfer,
    Escape: !isChoosing && (mayUndo || emergency.wanted !== null) ? undo : undefined,
  });
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
      {hold !== undefined && (
        <Button size="small" onClick={hold}>
          {call.state === "held" ? "取回" : "保持"} <kbd>F4</kbd>
        </Button>
      )}
      {choose !== undefined && (
        <Button size="small" danger type="primary" onClick={choose}>
          紧急 <kbd>F9</kbd>
        </Button>
      )}
      {hangUp !== undefined && (
        <Button size="small" danger onClick={hangUp}>
          挂机评价 <kbd>F8</kbd>
        </Button>
      )}
      <Link to="/desk">到坐席页操作</Link>
      {call.emergency !== null && <EmergencyAlert emergency={call.emergency} now={now} onUndo={undo} />}
      {emergency.wanted !== null && <WantedAlert service={emergency.wanted} onForget={emergency.forget} />}
      {danger !== null && transfer !== undefined && <DangerAlert danger={danger} onTransfer={transfer} />}
      {isChoosing && <EmergencyDialog onChoose={dial} onClose={() => setChoosing(false)} />}
    </section>
  );
}
