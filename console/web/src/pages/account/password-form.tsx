import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Alert, App, Button, Form, Input } from "antd";

import { api } from "../../api/client";
import { textOf } from "../../api/errors";
import { useSession } from "../../session/session";

interface Typed {
  password: string;
  new_password: string;
  repeated: string;
}

/** One's own password; the other sessions end. */
export function PasswordForm() {
  const { user } = useSession();
  const { message } = App.useApp();
  const client = useQueryClient();
  const [form] = Form.useForm<Typed>();
  const change = useMutation({
    mutationFn: ({ password, new_password }: Typed) =>
      api.PUT("/api/session/password", { body: { password, new_password } }),
    onSuccess: async () => {
      form.resetFields();
      void message.success("密码已修改，其他设备上的登录已结束");
      await client.invalidateQueries({ queryKey: ["own-sessions"] });
    },
  });

  return (
    <Form form={form} layout="vertical" requiredMark={false} onFinish={(typed) => change.mutate(typed)}>
      {/* Browsers keep the new password under this name. */}
      <input hidden readOnly autoComplete="username" value={user.name} />
      <Form.Item name="password" label="现在的密码" rules={[{ required: true, message: "请填写密码" }]}>
        <Input.Password autoComplete="current-password" maxLength={128} />
      </Form.Item>
      <Form.Item
        name="new_password"
        label="新密码（至少 10 个字符，不能只有数字）"
        rules={[{ required: true, min: 10, message: "请填写至少 10 个字符" }]}
      >
        <Input.Password autoComplete="new-password" maxLength={128} />
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
        <Input.Password autoComplete="new-password" maxLength={128} />
      </Form.Item>
      {change.isError && <Alert showIcon type="error" title={textOf(change.error)} className="said" />}
      <Button type="primary" htmlType="submit" loading={change.isPending}>
        修改密码
      </Button>
    </Form>
  );
}
