import { DownloadOutlined, UploadOutlined } from "@ant-design/icons";
import { Alert, App, Button, Empty, Space, Tag, Typography } from "antd";
import { type ChangeEvent, useRef, useState } from "react";

import { api, changeHeaders, errorOf } from "../../api/client";
import { textOf } from "../../api/errors";
import { download } from "../../documents/download";
import { actorWords } from "../../session/actor-words";
import { hasRole, type Role, useSession } from "../../session/session";
import { type Attachment, useAttachments, usePeople, useRefresh } from "../../tickets/queries";
import { time } from "./facts";

const RELEASERS: readonly Role[] = ["dispatcher", "supervisor", "center_head"];
const ACCEPTED = ".pdf,.jpg,.jpeg,.png,.docx,.xlsx,.wav,.mp3,.mp4";

/** Attachments: list, bring (a photo from the phone, too), open, release to units. */
export function Files({ no, isHidden }: { no: string; isHidden: boolean }) {
  const { message } = App.useApp();
  const { user } = useSession();
  const files = useAttachments(no);
  const people = usePeople(no);
  const refresh = useRefresh(no);
  const input = useRef<HTMLInputElement>(null);
  const [busy, setBusy] = useState(false);
  /** Files that did not come, each with why. */
  const [failed, setFailed] = useState<readonly string[]>([]);

  const tried = async (work: () => Promise<unknown>) => {
    setBusy(true);
    try {
      await work();
      await refresh();
    } catch (error) {
      void message.error(textOf(error));
    } finally {
      setBusy(false);
    }
  };
  const bring = (event: ChangeEvent<HTMLInputElement>) => {
    const chosen = [...(event.target.files ?? [])];
    event.target.value = "";
    setFailed([]);
    void tried(async () => {
      const refused: string[] = [];
      for (const file of chosen) {
        await upload(no, file).catch((error: unknown) => refused.push(`${file.name}：${textOf(error)}`));
      }
      setFailed(refused);
    });
  };
  const release = (one: Attachment) =>
    void tried(() =>
      api.POST("/api/tickets/{ticket_no}/attachments/{attachment_id}/release", {
        params: { path: { ticket_no: no, attachment_id: one.attachment_id } },
      }),
    );

  return (
    <Space orientation="vertical" style={{ width: "100%" }}>
      <Space wrap>
        <input ref={input} type="file" hidden multiple accept={ACCEPTED} onChange={bring} aria-label="选择附件" />
        <Button icon={<UploadOutlined />} loading={busy} onClick={() => input.current?.click()}>
          上传附件或照片
        </Button>
        <Typography.Text type="secondary">照片中的拍摄地点和设备信息会自动去除</Typography.Text>
      </Space>
      {failed.length > 0 && (
        <Alert
          type="error"
          showIcon
          closable={{ onClose: () => setFailed([]) }}
          title={`${failed.length} 个文件没有上传`}
          description={failed.map((text) => <div key={text}>{text}</div>)}
        />
      )}
      {files.data?.length === 0 && <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description="没有附件" />}
      {files.data?.map((one) => (
        <Space key={one.attachment_id} wrap className="ticket-file">
          <Button
            type="link"
            icon={<DownloadOutlined />}
            disabled={!one.is_readable}
            onClick={() => void tried(() => download(`/api/tickets/${no}/attachments/${one.attachment_id}`))}
          >
            {one.name}
          </Button>
          <Typography.Text type="secondary">
            {Math.ceil(one.size / 1024)} KB，
            {one.uploaded_by !== null && actorWords(one.uploaded_by, people.get(one.uploaded_by))} {time(one.uploaded_at)}
          </Typography.Text>
          {isHidden && one.released_at !== null && <Tag>承办单位可见</Tag>}
          {isHidden && one.released_at === null && hasRole(user, RELEASERS) && (
            <Button size="small" onClick={() => release(one)}>
              放行给承办单位
            </Button>
          )}
        </Space>
      ))}
    </Space>
  );
}

async function upload(no: string, file: File): Promise<void> {
  const path = `/api/tickets/${no}/attachments`;
  const answer = await fetch(`${path}?name=${encodeURIComponent(file.name)}`, {
    method: "POST",
    headers: { "Content-Type": "application/octet-stream", ...changeHeaders() },
    body: file,
  });
  if (!answer.ok) throw await errorOf(answer, path);
}
