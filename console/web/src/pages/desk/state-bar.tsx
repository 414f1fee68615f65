import { Badge, Button, Dropdown, Segmented, Space, Switch, Tag } from "antd";

import type { DeskCommands } from "../../call/commands";
import type { AgentState, Desk } from "../../live/messages";
import { secondsSince, useNow } from "../../live/use-now";
import { mayHaveMicrophone } from "../../phone/devices";
import { Registered } from "../../phone/registered";
import { TAG } from "../../theme";
import { AGENT_STATES, clock } from "../../words";

const COLOURS: Record<AgentState, string> = {
  logged_out: TAG.none,
  available: TAG.good,
  ringing: TAG.waiting,
  talking: TAG.busy,
  wrap_up: TAG.after,
  paused: TAG.bad,
};

/** Pauses that the line itself sets. */
const SYSTEM_REASONS: Record<string, string> = {
  no_answer: "振铃未接",
  phone_lost: "网页话机断开",
};

/** 坐席状态: what one is, since when, and what one can become. */
export function StateBar({
  desk,
  commands,
  device,
  onDevice,
  onLogin,
}: {
  desk: Desk;
  commands: DeskCommands;
  /** What rings; null: not known yet. */
  device: "web" | "phone" | null;
  onDevice: (device: "web" | "phone") => void;
  onLogin: () => void;
}) {
  const now = useNow();
  const given = desk.pause_reasons.find((one) => one.code === desk.reason)?.label;
  const reason = given ?? SYSTEM_REASONS[desk.reason ?? ""] ?? desk.reason;
  const until = desk.wrap_up_until;
  const seconds = until === null ? secondsSince(desk.since, now) : -secondsSince(until, now);
  const isIn = desk.state !== "logged_out";
  return (
    <section aria-label="坐席状态" className="state-bar">
      <Tag variant="solid" color={COLOURS[desk.state]} className="state-tag">
        {AGENT_STATES[desk.state]}
        {desk.state === "paused" && reason !== null ? `：${reason}` : ""}
      </Tag>
      <span className="state-clock">
        {until === null ? "" : "还有 "}
        {clock(seconds)}
      </span>
      <Space size={6}>
        {!isIn && (
          <>
            <Segmented
              aria-label="接听设备"
              value={device ?? "web"}
              onChange={onDevice}
              options={[
                { label: "本页面接听", value: "web", disabled: !mayHaveMicrophone() },
                { label: "话机接听", value: "phone" },
              ]}
            />
            <Button type="primary" onClick={onLogin}>
              签入 <kbd>Alt+R</kbd>
            </Button>
          </>
        )}
        {(desk.state === "paused" || desk.state === "wrap_up") && (
          <Button type="primary" onClick={() => void commands.resume()}>
            就绪 <kbd>Alt+R</kbd>
          </Button>
        )}
        {(desk.state === "available" || desk.state === "wrap_up") && (
          <Dropdown
            trigger={["click"]}
            menu={{
              items: desk.pause_reasons.map(({ code, label }) => ({ key: code, label })),
              onClick: ({ key }) => void commands.pause(key),
            }}
          >
            <Button>置忙</Button>
          </Dropdown>
        )}
        {isIn && desk.call === null && <Button onClick={() => void commands.logout()}>签出</Button>}
      </Space>
      {isIn && (
        <label className="state-auto">
          自动应答
          <Switch
            size="small"
            checked={desk.auto_answer}
            onChange={(on) => void commands.autoAnswer(on)}
          />
        </label>
      )}
      <span className="state-device">
        {device === "web" && <Registered />}
        {device === "phone" && desk.device === "phone" && (
          <Badge
            status={desk.registered === false ? "error" : "success"}
            text={`话机 ${desk.number}${desk.registered === false ? "（未注册）" : ""}`}
          />
        )}
      </span>
    </section>
  );
}
