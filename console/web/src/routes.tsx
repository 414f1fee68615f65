import { type ComponentType, lazy, type LazyExoticComponent } from "react";

import type { Role } from "./session/session";

export interface Page {
  /** Address, as react-router writes it. */
  path: string;
  /** Name in the menu; null: reached from another page only. */
  label: string | null;
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
    path: "/desk",
    label: "坐席",
    roles: ["agent", "callback_agent", "supervisor"],
    component: lazy(() => import("./pages/desk/desk")),
  },
  {
    path: "/line",
    label: "实时监控",
    roles: ["supervisor", "center_head"],
    component: lazy(() => import("./pages/line/line")),
  },
  {
    path: "/inbox",
    label: "待办",
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
    roles: ["supervisor", "center_head", "agent", "dispatcher", "callback_agent"],
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
    roles: [
      "agent",
      "dispatcher",
      "callback_agent",
      "supervisor",
      "center_head",
      "unit_handler",
      "unit_leader",
      "kb_editor",
      "inspector",
      "leader",
      "auditor",
    ],
    component: lazy(() => import("./pages/knowledge/knowledge")),
  },
  {
    path: "/admin/city",
    label: "城市数据",
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
    roles: ["admin", "center_head", "supervisor", "auditor"],
    component: lazy(() => import("./pages/admin/policies/policies")),
  },
  {
    path: "/admin/users",
    label: "账号管理",
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
    roles: ["agent", "callback_agent", "supervisor"],
    component: lazy(() => import("./pages/phone/phone-devices")),
  },
];
