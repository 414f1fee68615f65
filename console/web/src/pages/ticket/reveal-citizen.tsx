import { EyeOutlined } from "@ant-design/icons";
import { Alert, Button, Descriptions, Form, Input, type InputRef, Modal, Typography } from "antd";
import { type FormEvent, useRef, useState } from "react";

import { api, got } from "../../api/client";
import { textOf } from "../../api/errors";
import { DraftStatus } from "../../drafts/draft-status";
import { useDraft } from "../../drafts/use-draft";
import { REVEALERS, SUPERVISING } from "../../session/roles";
import { hasRole, useSession } from "../../session/session";
import { isHidden } from "../../tickets/forms";
import type { Ticket } from "../../tickets/queries";

/** 查看诉求人: who the citizen of a hidden ticket is, for a reason that is kept; gone when it is closed. */
export function RevealCitizen({ ticket }: { ticket: Ticket }) {
  const { user } = useSession();
  const [isOpen, setOpen] = useState(false);
  const reason = useRef<InputRef>(null);
  // The words of what is secret (N3) are told with the citizen, to those who lead.
  const isSecret = ticket.reject_code === "N3" && hasRole(user, SUPERVISING);
  if (!hasRole(user, REVEALERS) || !(isHidden(ticket) || isSecret)) return null;
  return (
    <>
      <Button icon={<EyeOutlined />} onClick={() => setOpen(true)}>
        查看诉求人
      </Button>
      <Modal
        open={isOpen}
        title="查看诉求人"
        footer={null}
        destroyOnHidden
        onCancel={() => setOpen(false)}
        afterOpenChange={(opened) => opened && reason.current?.focus()}
      >
        <Asked no={ticket.ticket_no ?? ""} inputRef={reason} />
      </Modal>
    </>
  );
}

/** First the reason, then the answer, which is nowhere but here. */
function Asked({ no, inputRef }: { no: string; inputRef: React.Ref<InputRef> }) {
  const draft = useDraft(`ticket:${no}:reveal`);
  const [shown, setShown] = useState<Ticket | null>(null);
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const reason = draft.text("reason").trim();

  const ask = async (event: FormEvent) => {
    event.preventDefault();
    if (busy) return;
    if (reason === "") {
      setError("请填写查看原因");
      return;
    }
    setBusy(true);
    const sent = draft.fields;
    try {
      const params = { path: { ticket_no: no } };
      setShown(got(await api.POST("/api/tickets/{ticket_no}/reveal", { params, body: { reason } })));
      setError(null);
      await draft.discardSent(sent);
    } catch (failure) {
      setError(textOf(failure));
    } finally {
      setBusy(false);
    }
  };
  if (shown !== null) return <Citizen ticket={shown} />;
  return (
    <form onSubmit={(event) => void ask(event)} aria-label="查看诉求人" noValidate>
      <Typography.Paragraph>查看人、时间和原因会永久留痕，供审计查阅。</Typography.Paragraph>
      <Form component={false} layout="vertical">
        <Form.Item
          label="查看原因"
          htmlFor="reveal-reason"
          required
          validateStatus={error === null ? undefined : "error"}
          help={error === null ? undefined : <span id="reveal-reason-error" role="alert">{error}</span>}
        >
          <Input
            id="reveal-reason"
            ref={inputRef}
            maxLength={200}
            placeholder="如：核实举报线索，需与举报人联系"
            aria-invalid={error !== null}
            aria-describedby={error === null ? undefined : "reveal-reason-error"}
            value={draft.text("reason")}
            onChange={(event) => {
              draft.edit({ reason: event.target.value });
              setError(null);
            }}
          />
        </Form.Item>
      </Form>
      <Button type="primary" htmlType="submit" loading={busy}>
        查看
      </Button>{" "}
      <DraftStatus draft={draft} names={{ reason: "查看原因" }} />
    </form>
  );
}

function Citizen({ ticket }: { ticket: Ticket }) {
  const all: [string, string | null | undefined][] = [
    ["诉求人", [ticket.requester_name, ticket.salutation].filter(Boolean).join(" ") || null],
    ["联系电话", ticket.contact_phone],
    ["来电号码", ticket.caller_number],
    ["地址", [ticket.town, ticket.village, ticket.address_text].filter(Boolean).join(" ") || null],
    ["诉求内容", ticket.content],
  ];
  const told = all.filter(([, value]) => value != null && value !== "");
  return (
    <>
      <Alert showIcon type="info" title="本次查看已留痕；关闭后不再显示，再次查看须重新填写原因。" />
      <Descriptions
        size="small"
        column={1}
        className="ticket-citizen"
        items={told.map(([label, children]) => ({ key: label, label, children }))}
      />
    </>
  );
}
