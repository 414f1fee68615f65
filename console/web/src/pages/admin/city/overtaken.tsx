import { Alert, Button } from "antd";

import type { Field, Row } from "./schema";
import { shown } from "./words";

interface Props {
  fields: readonly Field[];
  /** As it is published now. */
  data: Row;
  nameOf: Parameters<typeof shown>[2];
  onSeen: () => void;
}

/** 他人已改: what others published while somebody was editing is not overwritten unseen. */
export function Overtaken({ fields, data, nameOf, onSeen }: Props) {
  const told = fields.map((field) => `${field.title}（现为：${shown(field, data[field.name], nameOf) || "空"}）`);
  return (
    <Alert
      showIcon
      type="warning"
      role="alert"
      title={`您填写期间他人已改动 ${told.join("、")}`}
      action={
        <Button size="small" onClick={onSeen}>
          已核对，以我的为准
        </Button>
      }
    />
  );
}
