import { Card, Typography } from "antd";

import { ROLE_NAMES } from "../../session/roles";
import { useSession } from "../../session/session";

/** 首页: who one is here. */
export default function Home() {
  const { user } = useSession();
  return (
    <Card>
      <Typography.Title level={2}>{user.full_name ?? user.name}</Typography.Title>
      <Typography.Paragraph>
        {user.roles.map((role) => ROLE_NAMES[role]).join("、")}
      </Typography.Paragraph>
    </Card>
  );
}
