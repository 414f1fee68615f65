import { Input } from "antd";

import type { Draft } from "../../../drafts/use-draft";

/** 变更原因: why the city's data are changed; it stays with the version. */
export function ReasonInput({ id, draft }: { id: string; draft: Draft }) {
  return (
    <Input
      id={id}
      maxLength={500}
      placeholder="为什么改，依据是什么；与发布人、时间一起留存"
      value={draft.text("reason")}
      onChange={(event) => draft.edit({ reason: event.target.value })}
    />
  );
}
