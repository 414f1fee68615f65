import { Alert, App, Button, Radio, Select, Space } from "antd";
import { useState } from "react";

import { api, got } from "../../api/client";
import { textOf } from "../../api/errors";
import { namedList } from "../../forms/named-list";
import { useUnits } from "../../tickets/queries";
import { ANSWER_TYPES } from "../../tickets/words";
import type { Row } from "./use-inbox";

type AnswerType = "direct" | "investigate";

/** 批量派单: the marked tickets to one unit, each by itself. */
export function Bulk({ rows, onDone }: { rows: readonly Row[]; onDone: (numbers: string[]) => void }) {
  const units = useUnits();
  const { message } = App.useApp();
  const [unit, setUnit] = useState<string>();
  const [kind, setKind] = useState<AnswerType>("investigate");
  const [refused, setRefused] = useState<readonly string[]>([]);
  const [busy, setBusy] = useState(false);

  const send = async () => {
    if (unit === undefined) {
      void message.warning("请选择承办单位");
      return;
    }
    setBusy(true);
    try {
      const to = { unit, answer_type: kind, assist_units: [], unit_content: null };
      const items = rows.map(({ ticket_no, version }) => ({ ticket_no, version, ...to }));
      const { results } = got(await api.POST("/api/dispatches", { body: { items } }));
      const failed = results.filter((one) => one.error != null);
      setRefused(failed.map((one) => `${one.ticket_no}：${one.error?.message ?? ""}`));
      const sent = results.filter((one) => one.error == null).map((one) => one.ticket_no);
      if (failed.length === 0) void message.success(`已派单 ${sent.length} 件`);
      onDone(sent);
    } catch (error) {
      void message.error(textOf(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className="bulk">
      <Space wrap>
        <strong>已选 {rows.length} 件</strong>
        <Select
          showSearch={{ optionFilterProp: "label" }}
          aria-label="派往单位"
          popupRender={namedList("派往单位")}
          placeholder="派往单位"
          className="filter-box"
          value={unit}
          options={[...units].map(([value, label]) => ({ value, label }))}
          onChange={setUnit}
        />
        <Radio.Group
          aria-label="答复类型"
          value={kind}
          options={Object.entries(ANSWER_TYPES).map(([value, label]) => ({ value, label }))}
          onChange={(event) => setKind(event.target.value as AnswerType)}
        />
        <Button type="primary" loading={busy} onClick={() => void send()}>
          批量派单
        </Button>
      </Space>
      {refused.length > 0 && (
        <Alert
          type="error"
          showIcon
          title={`${refused.length} 件没有派出`}
          description={refused.map((text) => <div key={text}>{text}</div>)}
        />
      )}
    </div>
  );
}
