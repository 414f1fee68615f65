import { Alert, Button, Card, Form, Select, Slider, Space, Switch } from "antd";
import { useEffect, useState } from "react";

import { type Devices, devices, mayHaveMicrophone } from "../../phone/devices";
import { usePhone } from "../../phone/phone";
import { Registered } from "../../phone/registered";
import { usePersonalSettings } from "../../session/personal-settings";
import { EchoTest } from "./echo-test";
import { MicrophoneTest } from "./microphone-test";
import "./phone.css";

const NONE: Devices = { microphones: [], speakers: [] };
const USUAL = "";

/** 电话设备: which microphone and loudspeakers, and whether they work. */
export default function PhoneDevices() {
  const { phone } = usePhone();
  const { settings: chosen, choose } = usePersonalSettings();
  const [found, setFound] = useState(NONE);
  useEffect(() => phone.hold(), [phone]);
  useEffect(() => {
    const look = () => void devices().then(setFound);
    look();
    navigator.mediaDevices?.addEventListener("devicechange", look);
    return () => navigator.mediaDevices?.removeEventListener("devicechange", look);
  }, []);

  if (!mayHaveMicrophone()) {
    return (
      <Alert
        showIcon
        type="error"
        title="本页面不是安全连接，浏览器不提供麦克风"
        description="请用 https 地址打开工作台，或改用桌面话机。"
      />
    );
  }
  return (
    <div className="phone-devices">
      <Card title={<h1>电话设备</h1>} extra={<Registered />}>
        <Form layout="horizontal" labelCol={{ flex: "88px" }} labelAlign="left" colon={false}>
          <Choice
            label="麦克风"
            devices={found.microphones}
            value={chosen?.microphone}
            onChange={(microphone) => choose({ microphone })}
          />
          <Choice
            label="听筒"
            devices={found.speakers}
            value={chosen?.speaker}
            onChange={(speaker) => choose({ speaker })}
          />
          <Choice
            label="响铃设备"
            devices={found.speakers}
            value={chosen?.ringer}
            onChange={(ringer) => choose({ ringer })}
          />
          <Form.Item label="铃声音量" htmlFor="ring-volume">
            <Space size={16}>
              <Slider
                key={chosen?.ring_volume}
                className="phone-volume"
                ariaLabelForHandle="铃声音量"
                defaultValue={chosen?.ring_volume ?? 80}
                onChangeComplete={(percent: number) => choose({ ring_volume: percent })}
              />
              <Button onClick={() => void phone.tryRingTone()}>试听铃声</Button>
            </Space>
          </Form.Item>
          <Form.Item label="声音处理" htmlFor="voice-processing">
            <Switch
              id="voice-processing"
              checked={chosen?.voice_processing ?? true}
              onChange={(on) => choose({ voice_processing: on })}
            />
            <span className="phone-hint">回声消除、降噪、自动音量；头戴耳机可以关闭</span>
          </Form.Item>
        </Form>
      </Card>
      <Card title={<h2>测试</h2>}>
        <MicrophoneTest onAllowed={() => void devices().then(setFound)} />
        <EchoTest />
      </Card>
    </div>
  );
}

function Choice({
  label,
  devices,
  value,
  onChange,
}: {
  label: string;
  devices: readonly MediaDeviceInfo[];
  value: string | null | undefined;
  onChange: (device: string | null) => void;
}) {
  const isThere = devices.some((one) => one.deviceId === value);
  const options = [
    { value: USUAL, label: "浏览器默认" },
    ...devices.map((one, at) => ({
      value: one.deviceId,
      label: one.label || `${label} ${at + 1}`,
    })),
    ...(value && !isThere ? [{ value, label: "上次选择的设备（未插好）" }] : []),
  ];
  return (
    <Form.Item label={label}>
      <Select
        aria-label={label}
        className="phone-choice"
        options={options}
        value={value ?? USUAL}
        onChange={(chosen) => onChange(chosen === USUAL ? null : chosen)}
      />
    </Form.Item>
  );
}
