import type { Role } from "./session";

export const UNIT_ROLES: readonly Role[] = ["unit_handler", "unit_leader"];
/** Who leads the hotline's people. */
export const SUPERVISING: readonly Role[] = ["supervisor", "center_head"];
/** Who may see, with a reason, who the citizen of a hidden ticket is. */
export const REVEALERS: readonly Role[] = ["dispatcher", ...SUPERVISING];
/** Who may read who saw and heard what. */
export const AUDITORS: readonly Role[] = [...SUPERVISING, "auditor"];

/** Who finds calls and hears recordings, as far as he may. */
export const LISTENERS: readonly Role[] = ["supervisor", "center_head", "agent", "dispatcher", "callback_agent"];

/** Names of the roles (domain terms of the Measures). */
export const ROLE_NAMES: Record<Role, string> = {
  citizen: "诉求人",
  agent: "话务员",
  dispatcher: "派单审核员",
  callback_agent: "回访员",
  supervisor: "班长",
  center_head: "热线负责人",
  unit_handler: "承办单位经办人",
  unit_leader: "承办单位负责人",
  auditor: "审计",
  inspector: "质检员",
  kb_editor: "知识库编辑",
  leader: "市领导",
  security_admin: "安全管理员",
  admin: "系统管理员",
  system: "系统",
};
