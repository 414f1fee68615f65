import { Form, Switch } from "antd";

import { usePersonalSettings } from "../../session/personal-settings";

/** 键盘: whether single keys act, for who types without looking or is read to by a machine. */
export function KeySettings() {
  const { settings, choose } = usePersonalSettings();
  return (
    <Form layout="horizontal" colon={false}>
      <Form.Item
        label="单键快捷键"
        htmlFor="single-keys"
        extra="关闭后，J、K、N、R 和数字等单个按键不再起作用；回车、Esc、F2 等功能键以及带 Ctrl、Alt 的组合键照常使用"
      >
        <Switch
          id="single-keys"
          disabled={settings === undefined}
          checked={settings?.shortcuts ?? true}
          onChange={(on) => choose({ shortcuts: on })}
        />
      </Form.Item>
    </Form>
  );
}
