import { Card, Col, Row, Typography } from "antd";

import { ROLE_NAMES } from "../../session/roles";
import { useSession } from "../../session/session";
import { KeySettings } from "./key-settings";
import { OwnSessions } from "./own-sessions";
import { PasswordForm } from "./password-form";
import { SecondFactor } from "./second-factor";

/** 我的账号: password, second factor, keys, where one is signed in. */
export default function Account() {
  const { user } = useSession();
  const roles = user.roles.map((role) => ROLE_NAMES[role]).join("、");
  const number = user.agent_no === null ? "" : `，工号 ${user.agent_no}`;
  return (
    <>
      <Typography.Title level={1} style={{ fontSize: 20, margin: "4px 0 12px" }}>
        我的账号
      </Typography.Title>
      <Typography.Paragraph>
        {user.full_name ?? user.name}（账号 {user.name}
        {number}）：{roles}
      </Typography.Paragraph>
      <Row gutter={[12, 12]}>
        <Col xs={24} lg={12}>
          <Card className="full" title={<h2 className="card-title">动态口令</h2>}>
            <SecondFactor />
          </Card>
        </Col>
        <Col xs={24} lg={12}>
          <Card className="full" title={<h2 className="card-title">修改密码</h2>}>
            <PasswordForm />
          </Card>
        </Col>
        <Col span={24}>
          <Card title={<h2 className="card-title">键盘</h2>}>
            <KeySettings />
          </Card>
        </Col>
        <Col span={24}>
          <Card title={<h2 className="card-title">已登录的设备</h2>}>
            <OwnSessions />
          </Card>
        </Col>
      </Row>
    </>
  );
}
