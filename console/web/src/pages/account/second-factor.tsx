import { useQueryClient } from "@tanstack/react-query";
import { Alert, Button, Flex, Form, Input, QRCode, Typography } from "antd";
import { useEffect, useRef, useState } from "react";

import { api, got } from "../../api/client";
import { textOf } from "../../api/errors";
import type { components } from "../../api/schema";
import { useSession } from "../../session/session";
import "./account.css";

type Enrolment = components["schemas"]["Enrolment"];

/** 动态口令: enrolling an authenticator, giving it up. */
export function SecondFactor() {
  const { user } = useSession();
  const client = useQueryClient();
  const [enrolment, setEnrolment] = useState<Enrolment | null>(null);
  const [codes, setCodes] = useState<readonly string[] | null>(null);

  const done = async () => {
    setEnrolment(null);
    setCodes(null);
    await client.invalidateQueries({ queryKey: ["session"] });
  };

  if (codes !== null) return <RecoveryCodes codes={codes} onKept={() => void done()} />;
  if (enrolment !== null) return <FirstCode enrolment={enrolment} onConfirmed={setCodes} />;
  if (user.has_totp) {
    return (
      <PasswordAgain
        text="已绑定：登录时除密码外还要填写手机上的 6 位动态口令。更换手机前请先解除绑定。"
        button="解除绑定"
        onPassword={async (password) => {
          await api.POST("/api/session/totp/end", { body: { password } });
          await done();
        }}
      />
    );
  }
  return (
    <PasswordAgain
      text="尚未绑定。绑定后，即使密码被他人知道，没有您的手机也不能登录。请先在手机上安装任意一款动态口令（TOTP）应用。"
      button="开始绑定"
      onPassword={async (password) => {
        setEnrolment(got(await api.POST("/api/session/totp", { body: { password } })));
      }}
    />
  );
}

interface PasswordAgainProps {
  text: string;
  button: string;
  onPassword: (password: string) => Promise<void>;
}

function PasswordAgain({ text, button, onPassword }: PasswordAgainProps) {
  const { error, busy, run } = useAttempt();
  return (
    <Form<{ password: string }>
      layout="vertical"
      requiredMark={false}
      onFinish={({ password }) => run(() => onPassword(password))}
    >
      <Typography.Paragraph>{text}</Typography.Paragraph>
      <Form.Item name="password" label="登录密码" rules={[{ required: true, message: "请填写密码" }]}>
        <Input.Password autoComplete="current-password" maxLength={128} />
      </Form.Item>
      {error !== null && <Alert showIcon type="error" title={error} className="said" />}
      <Button type="primary" htmlType="submit" loading={busy}>
        {button}
      </Button>
    </Form>
  );
}

interface FirstCodeProps {
  enrolment: Enrolment;
  onConfirmed: (codes: readonly string[]) => void;
}

function FirstCode({ enrolment, onConfirmed }: FirstCodeProps) {
  const { error, busy, run } = useAttempt();
  const field = useRef<HTMLDivElement>(null);
  useEffect(() => field.current?.querySelector("input")?.focus(), []);
  const confirm = (code: string) =>
    run(async () => {
      const answer = await api.POST("/api/session/totp/confirm", { body: { code } });
      onConfirmed(got(answer).recovery_codes);
    });
  return (
    <Flex gap={24} wrap>
      <QRCode value={enrolment.uri} size={180} aria-label="绑定动态口令的二维码" />
      <Form<{ code: string }>
        layout="vertical"
        requiredMark={false}
        className="first-code"
        onFinish={({ code }) => confirm(code.replaceAll(" ", ""))}
      >
        <Typography.Paragraph>
          用手机上的动态口令应用扫描二维码，或手工录入密钥：
          <br />
          <Typography.Text code copyable={{ text: enrolment.secret, tooltips: ["复制密钥", "已复制"] }}>
            {enrolment.secret.match(/.{1,4}/g)?.join(" ")}
          </Typography.Text>
        </Typography.Paragraph>
        <div ref={field}>
          <Form.Item
            name="code"
            label="手机上显示的 6 位动态口令"
            rules={[{ required: true, pattern: /^\s*(\d\s*){6}$/, message: "请填写 6 位数字" }]}
          >
            <Input inputMode="numeric" autoComplete="one-time-code" maxLength={10} />
          </Form.Item>
        </div>
        {error !== null && <Alert showIcon type="error" title={error} className="said" />}
        <Button type="primary" htmlType="submit" loading={busy}>
          确认绑定
        </Button>
      </Form>
    </Flex>
  );
}

function RecoveryCodes({ codes, onKept }: { codes: readonly string[]; onKept: () => void }) {
  return (
    <>
      <Alert
        showIcon
        type="info"
        title="已绑定。请把下面的恢复码抄下或打印保存，它们只显示这一次。"
        description="手机不在身边时，登录时可用恢复码代替动态口令，每个只能用一次。"
        className="said"
      />
      <ul className="recovery-codes" aria-label="恢复码">
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ul>
      <Flex gap={12} align="center">
        <Button type="primary" onClick={onKept} autoFocus>
          我已保存
        </Button>
        <Typography.Text copyable={{ text: codes.join("\n"), tooltips: ["复制", "已复制"] }}>
          复制全部
        </Typography.Text>
      </Flex>
    </>
  );
}

/** Something that may be refused: what was said then, and whether it still goes on. */
function useAttempt() {
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const run = async (work: () => Promise<void>) => {
    setBusy(true);
    setError(null);
    try {
      await work();
    } catch (failure) {
      setError(textOf(failure));
    } finally {
      setBusy(false);
    }
  };
  return { error, busy, run };
}
