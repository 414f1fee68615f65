import { type ComponentType, lazy, type LazyExoticComponent } from "react";

import { AUDITORS, LISTENERS } from "./session/roles";
import type { Role } from "./session/session";

export interface Page {
  /** Address, as react-router writes it. */
  path: string;
  /** Name in the menu; null: reached from another page only. */
  label: string | null;
  /** What one does there, for the first page. */
  about?: string;
  /** Who may open it; the API decides what he sees there. Empty: everybody who is signed in. */
  roles: readonly Role[];
  /** Fetched when it is opened. */
  component: LazyExoticComponent<ComponentType>;
}

/** Who reads tickets. */
const READERS: readonly Role[] = [
  "agent",
  "dispatcher",
  "callback_agent",
  "supervisor",
  "center_head",
  "unit_handler",
  "unit_leader",
  "inspector",
  "leader",
  "auditor",
];

/** All pages, in the order of the menu; the first that a user may open is his home. */
export const PAGES: readonly Page[] = [
  {
    path: "/line",
    label: "实时监控",
    about: "排队、通话和坐席状态",
    roles: ["supervisor", "center_head"],
    component: lazy(() => import("./pages/line/line")),
  },
  {
    path: "/desk",
    label: "坐席",
    about: "接听来电、登记工单、转接和紧急呼叫",
    roles: ["agent", "callback_agent", "supervisor"],
    component: lazy(() => import("./pages/desk/desk")),
  },
  {
    path: "/inbox",
    label: "待办",
    about: "等您处理的工单和留言",
    roles: [
      "dispatcher",
      "callback_agent",
      "unit_handler",
      "unit_leader",
      "supervisor",
      "center_head",
      "agent",
    ],
    component: lazy(() => import("./pages/inbox/inbox")),
  },
  {
    path: "/calls",
    label: "通话与录音",
    about: "查找通话，凭理由收听录音",
    roles: LISTENERS,
    component: lazy(() => import("./pages/calls/calls")),
  },
  {
    path: "/home",
    label: "首页",
    roles: [],
    component: lazy(() => import("./pages/home/home")),
  },
  {
    path: "/tickets",
    label: "工单查询",
    about: "按条件或文字查找、打印、导出",
    roles: READERS,
    component: lazy(() => import("./pages/tickets/tickets")),
  },
  {
    path: "/tickets/:no",
    label: null,
    roles: READERS,
    component: lazy(() => import("./pages/ticket/ticket")),
  },
  {
    path: "/knowledge",
    label: "知识库",
    about: "政策问答，直接引用到工单",
    roles: [...READERS, "kb_editor"],
    component: lazy(() => import("./pages/knowledge/knowledge")),
  },
  {
    path: "/listenings",
    label: "调听记录",
    about: "谁在何时因何调听了哪次通话",
    roles: AUDITORS,
    component: lazy(() => import("./pages/listenings/listenings")),
  },
  {
    path: "/admin/city",
    label: "城市数据",
    about: "单位、值班、通知、菜单、提示音",
    roles: [
      "admin",
      "supervisor",
      "center_head",
      "dispatcher",
      "kb_editor",
      "auditor",
      "unit_handler",
      "unit_leader",
    ],
    component: lazy(() => import("./pages/admin/city/city")),
  },
  {
    path: "/admin/policies",
    label: "政策版本",
    about: "时限规则的比较、演练和发布",
    roles: ["admin", "center_head", "supervisor", "auditor"],
    component: lazy(() => import("./pages/admin/policies/policies")),
  },
  {
    path: "/admin/users",
    label: "账号管理",
    about: "人员、角色和登录安全",
    roles: ["security_admin", "auditor"],
    component: lazy(() => import("./pages/admin/users/users")),
  },
  {
    path: "/account",
    label: null,
    roles: [],
    component: lazy(() => import("./pages/account/account")),
  },
  {
    path: "/phone",
    label: "电话设备",
    about: "麦克风、铃声和线路测试",
    roles: ["agent", "callback_agent", "supervisor"],
    component: lazy(() => import("./pages/phone/phone-devices")),
  },
];
