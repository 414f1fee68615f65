import { Button, Tag } from "antd";

import type { DeskCommands } from "../../call/commands";
import { useGroupNames } from "../../forms/group-names";
import { called, type CallView, type Party, type Summons } from "../../live/messages";
import { TAG } from "../../theme";
import { PARTY_ROLES } from "../../words";

const PURPOSES: Record<Summons["purpose"], string> = {
  transfer: "转接",
  consult: "咨询",
  three_way: "三方",
  refer_up: "上报班长",
};

/** Whom Alt+X concerns: who is rung at one's own word, else who was brought in last. */
export function toLetGo(call: CallView, own: string): Party | "summons" | null {
  if (call.summons !== null) return call.summons.by === own ? "summons" : null;
  if (call.state === "consulting") return null;
  return others(call, own).filter(mayLeave).at(-1) ?? null;
}

export function letGo(call: CallView, own: string, commands: DeskCommands) {
  const meant = toLetGo(call, own);
  if (meant === "summons") void commands.callOff();
  else if (meant !== null) void commands.drop(meant.leg_id);
}

/** Who else is in the call, by name, and who is being rung; each may be let go. */
export function CallParties({ call, own, commands }: { call: CallView; own: string; commands: DeskCommands }) {
  const groupName = useGroupNames();
  const { summons } = call;
  const there = others(call, own);
  const meant = toLetGo(call, own);
  // Who has answered and is not yet with the others is still the one who was called.
  const shown = summons === null ? there : there.filter(({ state }) => state === "talking");
  const hasAnswered = summons !== null && summons.purpose !== "transfer" && there.length > shown.length;
  if (shown.length === 0 && summons === null) return null;
  return (
    <ul className="call-parties" aria-label="通话成员">
      {shown.map((one) => (
        <li key={one.leg_id}>
          <Tag variant="solid" color={one.state === "talking" ? TAG.good : TAG.none}>
            {one.state === "talking" ? "通话中" : "等候"}
          </Tag>
          <span className="party-name">
            {PARTY_ROLES[one.role] ?? one.role} {nameOf(one)}
          </span>
          {mayLeave(one) && summons?.purpose !== "transfer" && call.state !== "consulting" && (
            <Button size="small" onClick={() => void commands.drop(one.leg_id)}>
              请出 {meant === one && <kbd>Alt+X</kbd>}
            </Button>
          )}
        </li>
      ))}
      {summons !== null && (
        <li>
          <span role="status" className="party-name">
            <Tag variant="solid" color={TAG.waiting}>
              {hasAnswered ? "已接听" : "正在呼叫…"}
            </Tag>
            {PURPOSES[summons.purpose]} {wanted(summons, groupName)}
            {hasAnswered && summons.kind === "unit" && "，等对方按 1 加入"}
          </span>
          {summons.by === own && (
            <Button size="small" onClick={() => void commands.callOff()}>
              取消 <kbd>Alt+X</kbd>
            </Button>
          )}
        </li>
      )}
    </ul>
  );
}

function others(call: CallView, own: string): Party[] {
  return call.parties.filter(
    ({ role, number, state }) => role !== "caller" && number !== own && state !== "left" && state !== "ringing",
  );
}

function mayLeave({ role, state }: Party): boolean {
  return (role === "unit" || role === "agent") && state === "talking";
}

function nameOf({ name, number }: Party): string {
  return [name, number].filter(Boolean).join(" ");
}

function wanted({ kind, target, name }: Summons, groupName: (code: string) => string): string {
  if (kind === "supervisors") return "班长";
  if (kind === "group") return `${groupName(target)}组`;
  return kind === "agent" ? called({ number: target, name }) : (name ?? target);
}
