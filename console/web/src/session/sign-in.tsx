import { Alert, Button, Card, Form, Input, type InputRef, Modal, Typography } from "antd";
import { useEffect, useRef, useState } from "react";

import { api, got } from "../api/client";
import { ApiError, textOf } from "../api/errors";
import type { User } from "./session";
import "./sign-in.css";

interface Typed {
  name: string;
  password: string;
  new_password?: string;
  repeated?: string;
  code?: string;
}

/** 登录. `again`: over the page of somebody whose session has ended; only he can go on there. */
export function SignIn({ onSignedIn, again }: { onSignedIn: (user: User) => void; again?: string }) {
  const form = <SignInForm onSignedIn={onSignedIn} again={again} />;
  if (again !== undefined) {
    return (
      <Modal open footer={null} closable={false} title="登录已失效，请重新登录" width={400}>
        <Typography.Paragraph>页面上的内容都在，登录后可以继续。</Typography.Paragraph>
        {form}
      </Modal>
    );
  }
  return (
    <main className="sign-in">
      <Card className="sign-in-card">
        <Typography.Title level={1} className="sign-in-title">
          12345 政务服务便民热线
        </Typography.Title>
        {form}
      </Card>
    </main>
  );
}

function SignInForm({ onSignedIn, again }: { onSignedIn: (user: User) => void; again?: string }) {
  const [form] = Form.useForm<Typed>();
  const [error, setError] = useState<string | null>(null);
  const [mustChange, setMustChange] = useState(false);
  const [needsCode, setNeedsCode] = useState(false);
  const [busy, setBusy] = useState(false);
  const first = useRef<InputRef>(null);
  const changed = useRef<InputRef>(null);
  const second = useRef<InputRef>(null);

  useEffect(() => first.current?.focus(), []);
  useEffect(() => {
    if (mustChange) changed.current?.focus();
  }, [mustChange]);
  useEffect(() => {
    if (needsCode) second.current?.focus();
  }, [needsCode]);

  const submit = async ({ name, password, new_password, code }: Typed) => {
    setBusy(true);
    setError(null);
    try {
      const body = {
        name: again ?? name.trim(),
        password,
        new_password: new_password ?? null,
        code: code?.replaceAll(" ", "") ?? null,
      };
      onSignedIn(got(await api.POST("/api/session", { body })));
    } catch (failure) {
      if (failure instanceof ApiError && failure.code === "password_change_required") {
        setMustChange(true);
      } else if (failure instanceof ApiError && failure.code === "code_required") {
        setNeedsCode(true);
      } else {
        setError(textOf(failure));
      }
    } finally {
      setBusy(false);
    }
  };

  return (
    <Form form={form} layout="vertical" onFinish={submit} requiredMark={false}>
      {again === undefined ? (
        <Form.Item name="name" label="账号" rules={[{ required: true, message: "请填写账号" }]}>
          <Input ref={first} autoComplete="username" maxLength={40} />
        </Form.Item>
      ) : (
        <Typography.Paragraph strong>账号：{again}</Typography.Paragraph>
      )}
      <Form.Item name="password" label="密码" rules={[{ required: true, message: "请填写密码" }]}>
        <Input.Password
          ref={again === undefined ? undefined : first}
          autoComplete="current-password"
        />
      </Form.Item>
      {needsCode && (
        <Form.Item
          name="code"
          label="动态口令（或一个恢复码）"
          rules={[{ required: true, message: "请填写动态口令" }]}
        >
          <Input ref={second} autoComplete="one-time-code" maxLength={40} />
        </Form.Item>
      )}
      {mustChange && (
        <>
          <Alert showIcon type="info" title="这是一次性密码，请设置您自己的密码（至少 10 个字符，不能只有数字）" />
          <Form.Item
            name="new_password"
            label="新密码"
            rules={[{ required: true, message: "请填写新密码" }]}
          >
            <Input.Password ref={changed} autoComplete="new-password" />
          </Form.Item>
          <Form.Item
            name="repeated"
            label="再填一次新密码"
            dependencies={["new_password"]}
            rules={[
              { required: true, message: "请再填一次" },
              ({ getFieldValue }) => ({
                validator: (_, value) =>
                  value === getFieldValue("new_password")
                    ? Promise.resolve()
                    : Promise.reject(new Error("两次填写不一致")),
              }),
            ]}
          >
            <Input.Password autoComplete="new-password" />
          </Form.Item>
        </>
      )}
      {error !== null && <Alert showIcon type="error" title={error} className="sign-in-error" />}
      <Button type="primary" htmlType="submit" block loading={busy}>
        登录
      </Button>
    </Form>
  );
}
