import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Alert, App, Button, Form, Modal } from "antd";
import { useState } from "react";

import { api, got } from "../../../api/client";
import { textOf } from "../../../api/errors";
import { DraftStatus } from "../../../drafts/draft-status";
import { useDraft } from "../../../drafts/use-draft";
import { ReasonItem } from "../city/reason-input";

/** 撤回: a version that is not in force yet is taken back, with the reason. */
export function Withdraw({ policyId }: { policyId: string }) {
  const { message } = App.useApp();
  const queries = useQueryClient();
  const [isOpen, setOpen] = useState(false);
  const draft = useDraft(`admin:policy:withdraw:${policyId}`);
  const reason = draft.text("reason").trim();
  const withdraw = useMutation({
    mutationFn: async () =>
      got(
        await api.POST("/api/policies/{policy_id}/withdraw", {
          params: { path: { policy_id: policyId } },
          body: { reason },
        }),
      ),
    onSuccess: () => {
      void draft.discard();
      void queries.invalidateQueries({ queryKey: ["policies"] });
      void message.success(`已撤回 ${policyId}`);
    },
  });
  return (
    <>
      <div>
        <Button danger size="small" onClick={() => setOpen(true)}>
          撤回
        </Button>
      </div>
      <Modal
        open={isOpen}
        title={`撤回尚未生效的政策版本 ${policyId}？`}
        okText="撤回"
        okButtonProps={{ danger: true, disabled: reason === "", loading: withdraw.isPending }}
        cancelText="再看看"
        onOk={() => withdraw.mutate()}
        onCancel={() => setOpen(false)}
      >
        <Form layout="vertical">
          <ReasonItem id="policy-withdraw-reason" draft={draft} isMissing={false} />
        </Form>
        <DraftStatus draft={draft} names={{ reason: "变更原因" }} />
        {withdraw.isError && <Alert showIcon type="error" role="alert" title={textOf(withdraw.error)} />}
      </Modal>
    </>
  );
}
