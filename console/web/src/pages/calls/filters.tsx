import { Button, Checkbox, DatePicker, Form, Input, Select } from "antd";
import type { Dayjs } from "dayjs";

import { namedList } from "../../forms/named-list";
import type { Filter } from "./calls-api";
import { OUTCOMES, SCORES } from "./words";

interface Values {
  days?: [Dayjs, Dayjs] | null;
  number?: string;
  agent?: string;
  outcome?: Filter["outcome"];
  score?: number;
  recorded?: boolean;
  emergency?: boolean;
}

const DIGITS = /^\d*$/;

/** What is looked for; Enter in any field searches. */
export function Filters({ isTold, onSearch }: { isTold: boolean; onSearch: (filter: Filter) => void }) {
  const [form] = Form.useForm<Values>();
  const search = (values: Values) => onSearch(wanted(values));
  return (
    <Form form={form} layout="inline" className="calls-filters" onFinish={search}>
      <Form.Item name="days" label="日期">
        <DatePicker.RangePicker allowEmpty={[true, true]} size="small" style={{ width: 220 }} />
      </Form.Item>
      <Form.Item
        name="number"
        label="号码"
        rules={[{ pattern: /^(\d{4,20})?$/, message: "至少后四位数字" }]}
      >
        <Input size="small" maxLength={20} placeholder="号码或后四位" style={{ width: 124 }} allowClear />
      </Form.Item>
      <Form.Item name="agent" label="工号" rules={[{ pattern: DIGITS, message: "工号是数字" }]}>
        <Input size="small" maxLength={20} style={{ width: 76 }} allowClear />
      </Form.Item>
      <Form.Item name="outcome" label="结果">
        <Select
          allowClear
          size="small"
          style={{ width: 112 }}
          popupRender={namedList("结果")}
          options={Object.entries(OUTCOMES).map(([value, label]) => ({ value, label }))}
        />
      </Form.Item>
      <Form.Item name="score" label="评价">
        <Select
          allowClear
          size="small"
          style={{ width: 112 }}
          popupRender={namedList("评价")}
          options={Object.entries(SCORES).map(([value, label]) => ({ value: Number(value), label }))}
        />
      </Form.Item>
      <Form.Item name="recorded" valuePropName="checked">
        <Checkbox>有录音</Checkbox>
      </Form.Item>
      {isTold && (
        <Form.Item name="emergency" valuePropName="checked">
          <Checkbox>有紧急事件</Checkbox>
        </Form.Item>
      )}
      <Form.Item>
        <Button type="primary" size="small" htmlType="submit">
          查询
        </Button>
      </Form.Item>
    </Form>
  );
}

function wanted({ days, number, agent, outcome, score, recorded, emergency }: Values): Filter {
  const [first, last] = days ?? [];
  return {
    ...(first && { since: first.startOf("day").format() }),
    ...(last && { until: last.add(1, "day").startOf("day").format() }),
    ...(number && { number }),
    ...(agent && { agent }),
    ...(outcome && { outcome }),
    ...(score && { score }),
    ...(recorded && { recorded: "yes" as const }),
    ...(emergency && { emergency: "yes" as const }),
  };
}
