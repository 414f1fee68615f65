import { App, Button, Radio, Space } from "antd";
import { useState } from "react";

import { api, got } from "../../api/client";
import { spoken, textOf } from "../../api/errors";
import { UnitSelect } from "../../tickets/unit-select";
import { ANSWER_TYPES } from "../../tickets/words";
import type { Row } from "./use-inbox";

type AnswerType = "direct" | "investigate";

interface Props {
  rows: readonly Row[];
  /** The numbers that were sent, and why the others were not. */
  onDone: (sent: string[], refused: string[]) => void;
}

/** 批量派单: the marked tickets to one unit, each by itself. */
export function Bulk({ rows, onDone }: Props) {
  const { message } = App.useApp();
  const [unit, setUnit] = useState<string>();
  const [kind, setKind] = useState<AnswerType>("investigate");
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
      const sent = results.filter((one) => one.error == null).map((one) => one.ticket_no);
      if (failed.length === 0) void message.success(`已派单 ${sent.length} 件`);
      onDone(sent, failed.map((one) => `${one.ticket_no}：${spoken(one.error?.message ?? "")}`));
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
        <div className="bulk-unit">
          <UnitSelect
            label="派往单位"
            value={unit}
            onChange={(code) => setUnit(typeof code === "string" && code !== "" ? code : undefined)}
          />
        </div>
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
    </div>
  );
}
