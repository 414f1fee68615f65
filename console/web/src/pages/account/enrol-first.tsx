import { Alert, Button, Card } from "antd";

import { useSession } from "../../session/session";
import { SecondFactor } from "./second-factor";

/** For roles that must have a second factor and have none yet: nothing else is open to them. */
export default function EnrolFirst() {
  const { signOut } = useSession();
  return (
    <main style={{ maxWidth: 720, margin: "48px auto", padding: 12 }}>
      <Card
        title={<h1 className="card-title">绑定动态口令</h1>}
        extra={<Button onClick={() => void signOut()}>退出登录</Button>}
      >
        <Alert showIcon type="info" title="您的角色须绑定动态口令后才能使用工作台。" className="said" />
        <SecondFactor />
      </Card>
    </main>
  );
}
