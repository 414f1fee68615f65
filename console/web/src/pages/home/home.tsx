import { useQuery } from "@tanstack/react-query";
import { Card, Typography } from "antd";
import { Link } from "react-router";

import { api, got } from "../../api/client";
import { NoticeAlert } from "../../notices/notice-alert";
import { PAGES } from "../../routes";
import { ROLE_NAMES } from "../../session/roles";
import { hasRole, useSession } from "../../session/session";
import "./home.css";

/** 首页: who one is here, what is announced, and where one may go. */
export default function Home() {
  const { user } = useSession();
  const notices = useQuery({
    queryKey: ["notices"],
    queryFn: async () => got(await api.GET("/api/notices")),
    refetchInterval: 60_000,
  });
  const pages = PAGES.filter((page) => page.about !== undefined && hasRole(user, page.roles));
  return (
    <div className="home">
      <Typography.Title level={1} className="home-name">
        {user.full_name ?? user.name} <small>{user.roles.map((role) => ROLE_NAMES[role]).join("、")}</small>
      </Typography.Title>
      {notices.data?.map((one) => <NoticeAlert key={one.id} notice={one} />)}
      <nav aria-label="功能" className="home-pages">
        {pages.map(({ path, label, about }) => (
          <Link key={path} to={path}>
            <Card hoverable size="small" title={label}>
              {about}
            </Card>
          </Link>
        ))}
      </nav>
    </div>
  );
}
