import { Alert, Button, Space, Tag } from "antd";

import type { DeskCommands } from "../../call/commands";
import { EmergencyAlert } from "../../call/emergency-alerts";
import { isInTalk } from "../../call/stage";
import { useGroupNames } from "../../forms/group-names";
import { called, type CallView, citizenOf } from "../../live/messages";
import { secondsSince, useNow } from "../../live/use-now";
import { PhoneControls } from "../../phone/phone-controls";
import { TAG } from "../../theme";
import { CALL_STATES, clock } from "../../words";
import { CallParties } from "./call-parties";

/** Steps of the queue (ivr/queue/core.py, Priority), the highest first. */
const PRIORITIES = [
  { from: 100, text: "紧急优先", color: TAG.bad },
  { from: 50, text: "紧急后续", color: TAG.bad },
  { from: 10, text: "老年人优先", color: TAG.waiting },
  { from: 5, text: "转接优先", color: TAG.waiting },
  { from: 3, text: "重复来电", color: TAG.waiting },
];

/** 通话: who is in it, how long, and what the agent may do; each button names its key. */
export function CallBar({
  call,
  own,
  commands,
  onAnswer,
  onTransfer,
  onConsult,
  onThreeWay,
  onEmergency,
}: {
  call: CallView;
  /** Number of the agent whose desk it is. */
  own: string;
  commands: DeskCommands;
  /** Undefined: the phone on the desk is answered by hand. */
  onAnswer?: () => void;
  onTransfer: () => void;
  onConsult: () => void;
  onThreeWay: () => void;
  onEmergency: () => void;
}) {
  const now = useNow();
  const groupName = useGroupNames();
  const isOn = isInTalk(call);
  const isAsked = call.asked_by !== null && call.asked_by.number !== own;
  const passedBy = call.passed_by?.number === own ? null : call.passed_by;
  const priority = PRIORITIES.find(({ from }) => call.priority >= from);
  const rings = call.summons !== null;
  return (
    <section aria-label="通话" className="call-bar">
      <div className="call-head">
        <Tag variant="solid" color={call.state === "ringing" ? TAG.waiting : TAG.busy}>{CALL_STATES[call.state]}</Tag>
        <span>
          全程 <strong className="call-clock">{clock(secondsSince(call.answered_at ?? call.started_at, now))}</strong>
        </span>
        <strong>{citizenOf(call) ?? "未显示号码"}</strong>
        {call.group !== null && <span>{groupName(call.group)}</span>}
        {call.waited_seconds !== null && <span>等待 {clock(call.waited_seconds)}</span>}
        {priority !== undefined && <Tag variant="solid" color={priority.color}>{priority.text}</Tag>}
      </div>
      {passedBy !== null && <Alert showIcon type="info" title={`由 ${called(passedBy)} 转来`} />}
      {isAsked && (
        <Alert
          showIcon
          type="info"
          title={`${call.asked_by?.number} ${call.asked_by?.name ?? ""} 咨询您`}
          description="来电人正在听音乐；由对方决定转给您或同谈。"
        />
      )}
      <Space wrap size={[6, 6]}>
        {call.state === "ringing" && onAnswer !== undefined && (
          <Button type="primary" onClick={onAnswer}>
            接听 <kbd>F2</kbd>
          </Button>
        )}
        {call.state === "ringing" && onAnswer === undefined && <span>请拿起话机接听</span>}
        <PhoneControls />
        {isOn && call.state !== "consulting" && (
          <>
            {call.state === "held" ? (
              <Button onClick={() => void commands.unhold()}>
                取回 <kbd>F4</kbd>
              </Button>
            ) : (
              <Button onClick={() => void commands.hold()}>
                保持 <kbd>F4</kbd>
              </Button>
            )}
            <Button onClick={onTransfer}>
              转接 <kbd>F6</kbd>
            </Button>
            <Button onClick={onConsult}>
              咨询 <kbd>Alt+Z</kbd>
            </Button>
            <Button disabled={rings} onClick={onThreeWay}>
              三方 <kbd>F7</kbd>
            </Button>
            <Button disabled={rings} onClick={() => void commands.referUp()}>
              上报班长 <kbd>Alt+B</kbd>
            </Button>
          </>
        )}
        {call.state === "consulting" && !isAsked && !rings && (
          <>
            <Button type="primary" onClick={() => void commands.complete()}>
              转给对方 <kbd>Alt+1</kbd>
            </Button>
            <Button onClick={() => void commands.join()}>
              三方同谈 <kbd>Alt+2</kbd>
            </Button>
            <Button onClick={() => void commands.takeBack()}>
              回到来电人 <kbd>Alt+3</kbd>
            </Button>
          </>
        )}
        {isOn && (
          <>
            <Button danger type="primary" onClick={onEmergency}>
              紧急 <kbd>F9</kbd>
            </Button>
            <Button danger onClick={() => void commands.hangUp()}>
              {isAsked ? "挂机" : "挂机评价"} <kbd>F8</kbd>
            </Button>
          </>
        )}
      </Space>
      {/* Below the buttons: who comes and goes moves none of them. */}
      <CallParties call={call} own={own} commands={commands} />
      {call.emergency !== null && (
        <EmergencyAlert emergency={call.emergency} now={now} onUndo={() => void commands.undoEmergency()} />
      )}
    </section>
  );
}
