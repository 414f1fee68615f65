import { Alert, Button } from "antd";
import { useEffect, useState } from "react";

import { sessionEnded } from "../api/client";
import { useSession } from "../session/session";

/** Milliseconds before a session's end from which it is told. */
const TOLD = 15 * 60_000;
const LOOK = 20_000;

/** 登录即将到期: told in time, so that no talk is cut off by it. */
export function SessionEnd() {
  const { user } = useSession();
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const clock = setInterval(() => setNow(Date.now()), LOOK);
    return () => clearInterval(clock);
  }, []);
  if (user.expires_at === null || Date.parse(user.expires_at) - now > TOLD) return null;
  return (
    <Alert
      banner
      type="warning"
      message={`本次登录到 ${user.expires_at.slice(11, 16)} 为止，请在通话间隙重新登录，页面上的内容都会保留。`}
      action={
        <Button size="small" onClick={sessionEnded}>
          重新登录
        </Button>
      }
    />
  );
}
