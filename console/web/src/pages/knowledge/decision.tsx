import { Alert, Button, Input, Space } from "antd";
import { useEffect, useRef, useState } from "react";
import type { InputRef } from "antd";

import { textOf } from "../../api/errors";
import { DraftStatus } from "../../drafts/draft-status";
import { useDraft } from "../../drafts/use-draft";

interface Props {
  /** Under which what is typed is kept. */
  draftKey: string;
  label: string;
  button: string;
  onDecide: (reason: string) => Promise<unknown>;
  onLeave: () => void;
}

/** A decision that has its reason (退回、停用); Enter sends it. */
export function Decision({ draftKey, label, button, onDecide, onLeave }: Props) {
  const draft = useDraft(draftKey);
  const [error, setError] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const box = useRef<InputRef>(null);
  useEffect(() => box.current?.focus(), []);

  const decide = async () => {
    setBusy(true);
    try {
      await onDecide(draft.text("reason").trim());
      await draft.discard();
    } catch (refused) {
      setError(textOf(refused));
      setBusy(false);
    }
  };
  return (
    <div className="knowledge-decision">
      {error !== null && <Alert type="error" showIcon role="alert" title={error} />}
      <Input
        ref={box}
        aria-label={label}
        placeholder={label}
        maxLength={200}
        value={draft.text("reason")}
        onChange={(event) => draft.edit({ reason: event.target.value })}
        onPressEnter={() => void decide()}
        onKeyDown={(event) => {
          if (event.key === "Escape") onLeave();
        }}
      />
      <Space>
        <Button danger type="primary" loading={isBusy} onClick={() => void decide()}>
          {button}（Enter）
        </Button>
        <Button onClick={onLeave}>取消（Esc）</Button>
        <DraftStatus draft={draft} names={{ reason: label }} />
      </Space>
    </div>
  );
}
