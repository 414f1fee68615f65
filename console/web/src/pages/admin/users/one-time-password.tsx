import { Alert, Button, Modal, Typography } from "antd";

interface Props {
  name: string;
  password: string;
  onClose: () => void;
}

/** A password that is shown this once. */
export function OneTimePassword({ name, password, onClose }: Props) {
  return (
    <Modal
      open
      title={`${name} 的一次性密码`}
      closable={false}
      footer={
        <Button type="primary" autoFocus onClick={onClose}>
          已记下
        </Button>
      }
    >
      <Typography.Paragraph className="one-time-password">
        <Typography.Text code copyable={{ tooltips: ["复制", "已复制"] }}>
          {password}
        </Typography.Text>
      </Typography.Paragraph>
      <Alert showIcon type="warning" title="只显示这一次。请当面或通过电话告知本人，首次登录时须修改。" />
    </Modal>
  );
}
