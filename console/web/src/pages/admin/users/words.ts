import { useQuery } from "@tanstack/react-query";

import { api, got } from "../../../api/client";
import type { components } from "../../../api/schema";
import type { Role } from "../../../session/session";

export type Account = components["schemas"]["AccountEntry"];
export type JournalEntry = components["schemas"]["JournalEntry"];

/** Roles that people's accounts may have; programs are made by `./hotline users`. */
export const PEOPLE_ROLES: readonly Role[] = [
  "agent",
  "dispatcher",
  "callback_agent",
  "supervisor",
  "center_head",
  "unit_handler",
  "unit_leader",
  "inspector",
  "kb_editor",
  "leader",
  "auditor",
  "security_admin",
  "admin",
];

export const COMMANDS: Record<string, string> = {
  add: "建立账号",
  change: "修改账号",
  roles: "修改角色",
  password: "设置密码",
  disable: "停用",
  enable: "启用或解锁",
  totp: "绑定动态口令",
  totp_end: "解除动态口令",
  token: "生成令牌",
  revoke: "撤销令牌",
  sign_in: "登录",
  sign_in_failed: "登录失败",
  sign_out: "退出登录",
  export: "导出清单",
  reveal_phone: "查看话机密码",
};
/** Who makes accounts without being a person. */
export const PROGRAMS: Record<string, string> = { demo: "演示", up: "启动程序", operator: "运维命令行", system: "系统" };
export const REASONS: Record<string, string> = {
  wrong_password: "密码错误",
  wrong_code: "动态口令错误",
  disabled: "账号已停用",
};

/** The units of today by their codes. */
export function useUnitNames(): ReadonlyMap<string, string> {
  const units = useQuery({
    queryKey: ["units", "all"],
    queryFn: async () => got(await api.GET("/api/units", { params: { query: { limit: 500 } } })),
    staleTime: 300_000,
  });
  return new Map((units.data ?? []).map((unit) => [unit.code, unit.name]));
}
