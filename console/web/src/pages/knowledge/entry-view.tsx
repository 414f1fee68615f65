import { useQueryClient } from "@tanstack/react-query";
import { Alert, App, Button, Space, Timeline, Typography } from "antd";
import dayjs from "dayjs";
import { useState } from "react";

import { api } from "../../api/client";
import { textOf } from "../../api/errors";
import { usePlainKeys } from "../../keys/use-plain-keys";
import { Badge, whyNotCited } from "../../knowledge/badge";
import { type Content, contentOf, ENTRY_COMMANDS, type Version, type WholeEntry } from "../../knowledge/entries";
import { EntryText } from "../../knowledge/entry-text";
import { hasRole, useSession } from "../../session/session";
import { Citations } from "./citations";
import { Decision } from "./decision";
import { Differences } from "./differences";

interface Props {
  entry: WholeEntry;
  onRevise: () => void;
  /** A version was approved or sent back, or the entry retired. */
  onDecided: () => void;
}

type Command = "approve" | "reject" | "retire";

/** One entry: what it says, what waits, what may be done with it, who did what. */
export function EntryView({ entry, onRevise, onDecided }: Props) {
  const { user } = useSession();
  const { message } = App.useApp();
  const queries = useQueryClient();
  const [asked, setAsked] = useState<"reject" | "retire" | null>(null);
  const { may, pending, rejected } = entry;
  const published = ["published", "retired"].includes(entry.state) ? contentOf(entry) : null;

  const give = async (command: Command, reason: string) => {
    const params = { path: { code: entry.code }, header: { "If-Match": `"${entry.seq}"` } };
    try {
      if (command === "approve") await api.POST("/api/knowledge/{code}/approve", { params, body: {} });
      else await api.POST(`/api/knowledge/{code}/${command}`, { params, body: { reason } });
    } finally {
      await queries.invalidateQueries({ queryKey: ["knowledge"] });
    }
    void message.success(`${entry.code} 已${ENTRY_COMMANDS[command]}`);
    setAsked(null);
    onDecided();
  };
  const approve = () => void give("approve", "").catch((error: unknown) => message.error(textOf(error)));
  const cite = () => {
    const { ref } = entry;
    if (ref === null) return;
    navigator.clipboard.writeText(ref).then(
      () => message.success(`已复制引用 ${ref}`),
      () => message.warning(`请手工复制引用：${ref}`),
    );
  };
  usePlainKeys({
    c: entry.ref === null ? undefined : cite,
    e: may.includes("revise") ? onRevise : undefined,
    a: may.includes("approve") ? approve : undefined,
    r: may.includes("reject") ? () => setAsked("reject") : undefined,
  });

  return (
    <article aria-label={entry.title} className="knowledge-entry">
      <div className="knowledge-head">
        <h2>{entry.title}</h2>
        <Badge entry={entry} />
        <Typography.Text type="secondary">
          {entry.code} 第{entry.version}版 · 已被引用{entry.cited}次
        </Typography.Text>
      </div>
      {pending !== null && (
        <Waiting pending={pending} before={published}>
          {asked === "reject" ? (
            <Decision
              draftKey={`knowledge:${entry.code}:reject`}
              label="退回的理由"
              button="退回"
              onDecide={(reason) => give("reject", reason)}
              onLeave={() => setAsked(null)}
            />
          ) : (
            <Space>
              {may.includes("approve") && (
                <Button type="primary" onClick={approve}>
                  审核通过（A）
                </Button>
              )}
              {may.includes("reject") && (
                <Button danger onClick={() => setAsked("reject")}>
                  退回（R）
                </Button>
              )}
              {may.includes("reject") && !may.includes("approve") && (
                <Typography.Text type="secondary">您提交的版本须由另一位审核人通过</Typography.Text>
              )}
            </Space>
          )}
        </Waiting>
      )}
      {rejected !== null && (
        <Alert type="warning" showIcon title={`第${rejected.version}版被退回：${rejected.reason}`} />
      )}
      {(pending === null || published !== null) && (
        <>
          <EntryText entry={entry} />
          {entry.questions.length > 0 && (
            <Typography.Paragraph type="secondary">市民常说：{entry.questions.join("；")}</Typography.Paragraph>
          )}
        </>
      )}
      {asked === "retire" ? (
        <Decision
          draftKey={`knowledge:${entry.code}:retire`}
          label="停用的理由"
          button="停用"
          onDecide={(reason) => give("retire", reason)}
          onLeave={() => setAsked(null)}
        />
      ) : (
        <Space className="knowledge-actions">
          <Button
            type={pending === null ? "primary" : "default"}
            disabled={entry.ref === null}
            title={whyNotCited(entry) ?? undefined}
            onClick={cite}
          >
            引用（C）
          </Button>
          {may.includes("revise") && <Button onClick={onRevise}>修订（E）</Button>}
          {may.includes("retire") && (
            <Button danger onClick={() => setAsked("retire")}>
              停用
            </Button>
          )}
        </Space>
      )}
      {entry.cited > 0 && hasRole(user, ["supervisor", "center_head", "auditor"]) && <Citations code={entry.code} />}
      {entry.events.length > 0 && <History entry={entry} />}
    </article>
  );
}

function Waiting(props: { pending: Version; before: Content | null; children: React.ReactNode }) {
  const { pending, before, children } = props;
  const when = dayjs(pending.proposed_at).format("M月D日 HH:mm");
  return (
    <section aria-label="待审核的版本" className="knowledge-waiting">
      <strong>
        第{pending.version}版待审核 · {pending.proposed_by} 提交于 {when}
      </strong>
      {pending.note !== null && <div>说明：{pending.note}</div>}
      <Differences before={before} after={pending.content} />
      {children}
    </section>
  );
}

function History({ entry }: { entry: WholeEntry }) {
  return (
    <section aria-label="变更记录" className="knowledge-history">
      <h3>变更记录</h3>
      <Timeline
        items={[...entry.events].reverse().map((event) => ({
          key: event.seq,
          content: (
            <>
              {dayjs(event.at).format("YYYY-MM-DD HH:mm")} {event.role === "system" ? "系统" : event.actor} {ENTRY_COMMANDS[event.command]}第
              {event.version}版{event.reason !== null && `：${event.reason}`}
            </>
          ),
        }))}
      />
    </section>
  );
}
