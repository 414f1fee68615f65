import type { components } from "./api/schema";
import type { AgentState, CallView } from "./live/messages";

export type State = components["schemas"]["State"];

export const AGENT_STATES: Record<AgentState, string> = {
  logged_out: "未签入",
  available: "空闲",
  ringing: "来电振铃",
  talking: "通话中",
  wrap_up: "话后处理",
  paused: "置忙",
};

export const CALL_STATES: Record<CallView["state"], string> = {
  menu: "自助菜单",
  waiting: "排队",
  survey: "评价",
  ringing: "来电振铃",
  connecting: "接通中",
  talking: "通话中",
  held: "已保持",
  consulting: "咨询中",
  transferring: "转接中",
  wrap_up: "话后处理",
};

export const PARTY_ROLES: Record<string, string> = {
  caller: "来电人",
  agent: "话务员",
  supervisor: "班长",
  unit: "承办单位",
  emergency: "紧急服务",
  system: "系统",
};

/** States of a ticket (工单状态), as in the workflow. */
export const TICKET_STATES: Record<State, string> = {
  pending_acceptance: "待受理",
  rejected: "不予受理",
  emergency_transferred: "已转紧急",
  accepted: "待派单",
  answered: "直接解答",
  dispatched: "待签收",
  in_progress: "办理中",
  return_review: "退单审核",
  reply_review: "答复待审",
  supplementing: "待补充",
  sms_callback: "待短信回访",
  manual_callback: "待人工回访",
  rectifying: "整改中",
  recheck: "回访复核",
  coordinating: "专题协调",
  closed: "已归档",
  merged: "已并单",
  withdrawn: "已撤回",
};

export const REQUEST_TYPES: Record<string, string> = {
  consult: "咨询",
  help: "求助",
  complaint: "投诉",
  report: "举报",
  suggestion: "建议",
  praise: "表扬感谢",
};

export const URGENCIES: Record<string, string> = {
  emergency: "突发紧急",
  urgent: "紧急",
  normal: "一般",
};

/** Seconds as 3:07 or 1:02:03. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (value: number) => String(value).padStart(2, "0");
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}
