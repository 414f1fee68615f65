import { TAG } from "../../theme";
import { called } from "../../live/messages";
import type { ListedCall } from "./calls-api";

/** How an emergency ended; `guided`: the agent or the caller took it back. */
export const EMERGENCIES = {
  open: { text: "正在呼叫", color: TAG.waiting },
  connected: { text: "已接通", color: TAG.good },
  guided: { text: "已撤销", color: TAG.none },
  failed: { text: "未接通", color: TAG.bad },
  caller_left: { text: "来电人先挂机", color: TAG.bad },
} as const;

export const OUTCOMES: Record<NonNullable<ListedCall["outcome"]>, string> = {
  agent_answered: "人工接听",
  emergency_transferred: "紧急转接",
  message_left: "留言",
  callback_requested: "预约回电",
  query_answered: "自助查询",
  abandoned_in_menu: "菜单中挂机",
  abandoned_in_queue: "排队中挂机",
  failed: "未接通",
};

/** The same of a call that is not over: what it would come to is not what it is. */
const RUNNING: Partial<Record<NonNullable<ListedCall["outcome"]>, string>> = {
  agent_answered: "通话中",
  abandoned_in_menu: "自助菜单中",
  abandoned_in_queue: "排队中",
};

/** How a call ended, or where it is. */
export function outcomeWords({ outcome, ended_at }: Pick<ListedCall, "outcome" | "ended_at">): string {
  if (ended_at === null) return (outcome !== null && RUNNING[outcome]) || "进行中";
  return outcome === null ? "" : OUTCOMES[outcome];
}

/** Agents by number and name: 1001 演示一. */
export function agentsWords(agents: ListedCall["agents"]): string {
  return agents.map(called).join("、");
}

export const SCORES: Record<number, string> = {
  1: "非常满意",
  2: "满意",
  3: "基本满意",
  4: "不满意",
  5: "非常不满意",
};

export const ENDED_BY: Record<string, string> = {
  caller: "来电人挂机",
  agent: "话务员挂机",
  unit: "承办单位挂机",
  system: "系统结束",
  fault: "异常中断",
};

/** Places that a caller went by (菜单、排队和坐席操作). */
export const NODES: Record<string, string> = {
  main: "主菜单",
  elderly_direct: "老年人直通",
  direct: "人工直通",
  queue: "排队中按键",
  transfer: "转接",
  consult: "咨询",
  three_way: "三方通话",
  refer_up: "上报班长",
  emergency: "紧急转接",
  emergency_undo: "撤销紧急转接",
  emergency_menu: "紧急菜单",
  emergency_confirm: "紧急确认",
  spotted: "疑似紧急用语",
  survey: "满意度评价",
  relay: "联系诉求人",
};
