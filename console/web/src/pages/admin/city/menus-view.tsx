import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Alert, App, Button, Flex, Form, Input, Space, Spin, Typography } from "antd";
import { useState } from "react";

import { api, got } from "../../../api/client";
import { textOf } from "../../../api/errors";
import { DraftStatus } from "../../../drafts/draft-status";
import { useDraft } from "../../../drafts/use-draft";
import { useKeys } from "../../../keys/use-keys";
import { useSettled } from "../../../knowledge/entries";
import { type KindPage, useEntries, usePublish } from "./city-api";
import { HistoryDrawer, told } from "./history-drawer";
import { MenuDrawing } from "./menu-drawing";
import type { Row } from "./schema";

const MENUS = "menus";
const WAIT = 400;

/** 语音菜单: written on one side, checked and drawn on the other. */
export function MenusView() {
  const page = useEntries(MENUS, "");
  if (page.isError) return <Alert showIcon type="error" title={textOf(page.error)} />;
  if (page.data?.kind !== MENUS) return <Spin description="正在读取" />;
  return <Editor page={page.data} />;
}

function Editor({ page }: { page: KindPage }) {
  const { message } = App.useApp();
  const [isHistory, setHistory] = useState(false);
  const publish = usePublish();
  const draft = useDraft(page.may_edit ? "admin:menus:menus" : null);
  const kept = JSON.stringify(page.entries[0]?.data ?? {}, null, 2);
  const text = "text" in draft.fields ? draft.text("text") : kept;
  const settled = useSettled(text, WAIT);
  const menus = parsed(settled);
  const drawn = useQuery({
    queryKey: ["admin-menus-drawn", settled],
    queryFn: async () => got(await api.POST("/api/admin/menus/draw", { body: { menus: menus ?? {} } })),
    enabled: menus !== null,
    placeholderData: keepPreviousData,
    staleTime: Infinity,
  });
  const save = () => {
    const wanted = parsed(text);
    if (wanted === null) return;
    const reason = draft.text("reason").trim();
    publish.mutate(
      { kind: MENUS, version: page.current.version, reason, entries: { [MENUS]: wanted } },
      {
        onSuccess: ({ version }) => {
          void draft.discard();
          void message.success(`已发布第 ${version} 版，新来电按新菜单`);
        },
      },
    );
  };
  useKeys({ "Ctrl+Enter": page.may_edit ? save : undefined });
  return (
    <section aria-label={page.title} className="city-main">
      <Flex justify="space-between" align="center" wrap gap={8}>
        <div>
          <Typography.Title level={1} className="city-title">
            {page.title}
          </Typography.Title>
          <Typography.Text type="secondary">{told(page.current)}</Typography.Text>
        </div>
        <Button onClick={() => setHistory(true)}>历史版本</Button>
      </Flex>
      {publish.isError && <Alert showIcon type="error" role="alert" title={textOf(publish.error)} />}
      <div className="city-menus">
        <Form layout="vertical">
          <Form.Item label="菜单（JSON）" htmlFor="menus-text">
            <Input.TextArea
              id="menus-text"
              rows={22}
              spellCheck={false}
              readOnly={!page.may_edit}
              value={text}
              onChange={(event) => draft.edit({ text: event.target.value })}
            />
          </Form.Item>
          {page.may_edit && (
            <>
              <Form.Item label="变更原因" htmlFor="menus-reason" required>
                <Input
                  id="menus-reason"
                  maxLength={500}
                  value={draft.text("reason")}
                  onChange={(event) => draft.edit({ reason: event.target.value })}
                />
              </Form.Item>
              <Space wrap>
                <Button
                  type="primary"
                  loading={publish.isPending}
                  disabled={menus === null || (drawn.data?.faults.length ?? 0) > 0}
                  onClick={save}
                >
                  发布 <kbd>Ctrl+Enter</kbd>
                </Button>
                <Button disabled={text === kept} onClick={() => void draft.discard()}>
                  放弃修改
                </Button>
                <DraftStatus draft={draft} names={{ text: "菜单", reason: "变更原因" }} />
              </Space>
            </>
          )}
        </Form>
        <section aria-label="菜单图" className="menu-drawing">
          {menus === null && <Alert showIcon type="error" title="不是有效的 JSON，请检查括号、引号和逗号" />}
          {drawn.isError && <Alert showIcon type="error" title={textOf(drawn.error)} />}
          {menus !== null && drawn.data !== undefined && <MenuDrawing drawing={drawn.data} />}
        </section>
      </div>
      {isHistory && <HistoryDrawer page={page} onClose={() => setHistory(false)} />}
    </section>
  );
}

/** null: no JSON object. */
function parsed(text: string): Row | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Row) : null;
  } catch {
    return null;
  }
}
