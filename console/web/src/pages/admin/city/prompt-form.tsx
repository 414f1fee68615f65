import { Alert, App, Button, Drawer, Form, Input, Space, Typography } from "antd";
import { useState } from "react";

import { textOf } from "../../../api/errors";
import { DraftStatus } from "../../../drafts/draft-status";
import { useDraft } from "../../../drafts/use-draft";
import { useKeys } from "../../../keys/use-keys";
import { type KindPage, type Prompt, usePublish } from "./city-api";
import { ReasonItem } from "./reason-input";
import type { Row } from "./schema";
import { useListen } from "./use-listen";

interface Props {
  prompt: Prompt;
  page: KindPage;
  onClose: () => void;
}

const LONGEST = 200;

/** The text of one prompt: listened to, then published. */
export function PromptForm({ prompt, page, onClose }: Props) {
  const { message } = App.useApp();
  const draft = useDraft(page.may_edit ? `admin:prompts:${prompt.key}` : null);
  const text = "text" in draft.fields ? draft.text("text") : prompt.text;
  const publish = usePublish();
  const listen = useListen(prompt.key, text === prompt.text ? null : text);
  const [isTried, setTried] = useState(false);
  const reason = draft.text("reason").trim();
  const isReasonMissing = isTried && reason === "";
  const isTextMissing = isTried && text.trim() === "";
  const send = (row: Row | null) => {
    setTried(true);
    if (reason === "" || (row !== null && text.trim() === "")) return;
    publish.mutate(
      { kind: "prompts", version: page.current.version, reason, entries: { [prompt.key]: row } },
      {
        onSuccess: ({ version }) => {
          void draft.discard();
          void message.success(`已发布第 ${version} 版，配好音后即播放新文字`);
          onClose();
        },
      },
    );
  };
  const save = () => send({ key: prompt.key, text });
  useKeys({ "Ctrl+Enter": page.may_edit ? save : undefined });
  return (
    <Drawer
      open
      size="min(600px, 100vw)"
      title={`提示音 ${prompt.key}`}
      onClose={onClose}
      footer={
        page.may_edit && (
          <Space wrap>
            {publish.isError && <Alert showIcon type="error" role="alert" title={textOf(publish.error)} />}
            <Button type="primary" loading={publish.isPending} onClick={save}>
              发布 <kbd>Ctrl+Enter</kbd>
            </Button>
            {prompt.text !== prompt.default && (
              <Button danger onClick={() => send(null)}>
                恢复默认文字
              </Button>
            )}
            <DraftStatus draft={draft} names={{ text: "文字", reason: "变更原因" }} />
          </Space>
        )
      }
    >
      <Form layout="vertical" className="city-form">
        <Form.Item
          label="文字"
          htmlFor="prompt-text"
          required
          validateStatus={isTextMissing ? "error" : undefined}
          help={isTextMissing ? "请填写文字；要改回原来的，请选“恢复默认文字”" : undefined}
          extra={
            prompt.variables.length > 0 &&
            `花括号里的内容由系统按来电填写，请保留：${prompt.variables.map((one) => `{${one}}`).join("、")}`
          }
        >
          <Input.TextArea
            id="prompt-text"
            autoSize={{ minRows: 3, maxRows: 8 }}
            maxLength={LONGEST}
            showCount
            readOnly={!page.may_edit}
            value={text}
            onChange={(event) => draft.edit({ text: event.target.value })}
          />
        </Form.Item>
        {page.may_edit && (
          <>
            <Space align="center" className="prompt-listen">
              <Button loading={listen.isPending} onClick={() => listen.mutate()}>
                试听
              </Button>
              {listen.data !== undefined && <audio controls autoPlay src={listen.data} aria-label="试听" />}
              {listen.isPending && <Typography.Text type="secondary">正在配音，需要几秒</Typography.Text>}
            </Space>
            {listen.isError && <Alert showIcon type="warning" title={textOf(listen.error)} />}
            <ReasonItem id="publish-reason" draft={draft} isMissing={isReasonMissing} />
          </>
        )}
        <Typography.Paragraph type="secondary">默认文字：{prompt.default}</Typography.Paragraph>
      </Form>
    </Drawer>
  );
}
