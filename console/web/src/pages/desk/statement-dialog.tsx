import { Alert, App, Button, type GetRef, Input, Modal, Radio, Space } from "antd";
import { useRef, useState } from "react";

import { textOf } from "../../api/errors";
import { DraftStatus } from "../../drafts/draft-status";
import type { Fields } from "../../drafts/merge";
import { useDraft } from "../../drafts/use-draft";
import { useKeys } from "../../keys/use-keys";
import { useRefresh, type Ticket } from "../../tickets/queries";
import { type Concern, fileStatement } from "./statement";

const CONCERNS: { value: Concern; label: string }[] = [
  { value: "statement", label: "补充情况" },
  { value: "urge", label: "催办" },
];

interface Props {
  ticket: Ticket;
  callId: string;
  /** Of the call: the draft that the line made is told where the words went. */
  tickets: readonly string[];
  onClose: () => void;
}

/** 补充/催办: what the caller says on an earlier ticket, filed there with this call. */
export function StatementDialog({ ticket, callId, tickets, onClose }: Props) {
  const no = ticket.ticket_no ?? "";
  const draft = useDraft(`ticket:${no}:add_statement`);
  const refresh = useRefresh(no);
  const { message } = App.useApp();
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const words = useRef<GetRef<typeof Input.TextArea>>(null);
  const concern: Concern = draft.text("concern") === "urge" ? "urge" : "statement";

  const edit = (changes: Fields) => {
    draft.edit(changes);
    setError(null);
  };
  const send = async () => {
    if (busy) return;
    const content = draft.text("content").trim();
    if (concern === "statement" && content === "") {
      setError("请填写来电人补充的情况");
      words.current?.focus();
      return;
    }
    setBusy(true);
    const sent = draft.fields;
    try {
      await fileStatement({ no, callId, concern, content, tickets });
      await draft.discardSent(sent);
      void refresh();
      void message.success(`已记入 ${no}，${concern === "urge" ? "已催办" : "已补充"}`);
      onClose();
    } catch (failure) {
      setError(textOf(failure));
    } finally {
      setBusy(false);
    }
  };
  useKeys({ "Ctrl+Enter": () => void send() });
  return (
    <Modal
      open
      title={`补充/催办：${ticket.title ?? no}`}
      footer={null}
      onCancel={onClose}
      width={520}
      afterOpenChange={(opened) => opened && words.current?.focus()}
    >
      <form
        aria-label="补充或催办"
        className="statement-form"
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <Radio.Group
          aria-label="来电目的"
          value={concern}
          options={CONCERNS}
          onChange={(event) => edit({ concern: event.target.value as Concern })}
        />
        <label htmlFor="statement-content">来电人说</label>
        <Input.TextArea
          id="statement-content"
          ref={words}
          rows={4}
          maxLength={20_000}
          placeholder={concern === "urge" ? "可不填；写明催促的原因更好" : undefined}
          value={draft.text("content")}
          onChange={(event) => edit({ content: event.target.value })}
        />
        {error !== null && <Alert showIcon type="error" title={error} />}
        <Space wrap>
          <Button type="primary" htmlType="submit" loading={busy}>
            记入原工单 <kbd>Ctrl+Enter</kbd>
          </Button>
          <DraftStatus draft={draft} names={{ content: "来电人说", concern: "来电目的" }} />
        </Space>
      </form>
    </Modal>
  );
}
