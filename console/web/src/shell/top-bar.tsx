import { Button, Dropdown, Layout, Menu } from "antd";
import { Link, useLocation, useNavigate } from "react-router";

import type { Page } from "../routes";
import { ROLE_NAMES } from "../session/roles";
import { useSession } from "../session/session";
import { useSignOut } from "./use-sign-out";
import "./top-bar.css";

/** Name of the product, pages of the user, and who he is. */
export function TopBar({ pages }: { pages: readonly Page[] }) {
  const { user } = useSession();
  const signOut = useSignOut();
  const here = useLocation().pathname;
  const go = useNavigate();
  const listed = pages.filter((page) => page.label !== null);
  const current = listed.find((page) => here === page.path || here.startsWith(`${page.path}/`));
  return (
    <Layout.Header className="top-bar">
      <strong className="top-bar-name">12345 热线</strong>
      <Menu
        theme="dark"
        mode="horizontal"
        className="top-bar-pages"
        selectedKeys={current ? [current.path] : []}
        items={listed.map(({ path, label }) => ({ key: path, label: <Link to={path}>{label}</Link> }))}
      />
      <Dropdown
        trigger={["click"]}
        menu={{
          items: [
            { key: "account", label: "我的账号", onClick: () => void go("/account") },
            { key: "out", label: "退出登录", onClick: () => void signOut() },
          ],
        }}
      >
        <Button type="text" className="top-bar-user">
          {user.full_name ?? user.name} · {user.roles.map((role) => ROLE_NAMES[role]).join("、")}
        </Button>
      </Dropdown>
    </Layout.Header>
  );
}
