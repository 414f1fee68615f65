import { Form, Input } from "antd";

import type { Draft } from "../../../drafts/use-draft";

/** 变更原因: why the city's data are changed; it stays with the version. */
export function ReasonInput({ id, draft, isMissing = false }: { id: string; draft: Draft; isMissing?: boolean }) {
  return (
    <Input
      id={id}
      maxLength={500}
      placeholder="为什么改，依据是什么；与发布人、时间一起留存"
      aria-invalid={isMissing}
      aria-describedby={isMissing ? `${id}-fault` : undefined}
      value={draft.text("reason")}
      onChange={(event) => draft.edit({ reason: event.target.value })}
    />
  );
}

interface Props {
  id: string;
  draft: Draft;
  /** Somebody has tried to publish without one. */
  isMissing: boolean;
  layout?: "horizontal" | "vertical";
}

/** The same with its label, and what to do where it is missing. */
export function ReasonItem({ id, draft, isMissing, layout = "vertical" }: Props) {
  return (
    <Form.Item
      label="变更原因"
      htmlFor={id}
      required
      layout={layout}
      validateStatus={isMissing ? "error" : undefined}
      help={isMissing ? <span id={`${id}-fault`}>请填写变更原因</span> : undefined}
    >
      <ReasonInput id={id} draft={draft} isMissing={isMissing} />
    </Form.Item>
  );
}
