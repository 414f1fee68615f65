import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Alert, App, Button, Flex, Form, Input, Space, Spin, Switch, Typography } from "antd";
import { useMemo, useState } from "react";

import { api, got } from "../../../../api/client";
import { ApiError, textOf } from "../../../../api/errors";
import { DraftStatus } from "../../../../drafts/draft-status";
import { useDraft } from "../../../../drafts/use-draft";
import { useKeys } from "../../../../keys/use-keys";
import { useSettled } from "../../../../knowledge/entries";
import { type KindPage, useEntries, usePublish } from "../city-api";
import { HistoryDrawer, told } from "../history-drawer";
import { ReasonItem } from "../reason-input";
import { MenuDrawing } from "./menu-drawing";
import { type Fault, pathOf } from "./menu-faults";
import { MenuForm, type Part } from "./menu-form";
import { useKnown } from "./menu-known";
import { menusOf, objectOf, textOfMenus } from "./menu-model";
import "./menus.css";

const MENUS = "menus";
const WAIT = 400;

/** 语音菜单: a form on one side, the server's check and drawing of it on the other. */
export function MenusView() {
  const page = useEntries(MENUS, "");
  if (page.isError) return <Alert showIcon type="error" title={textOf(page.error)} />;
  if (page.data?.kind !== MENUS) return <Spin description="正在读取" />;
  return <Editor page={page.data} />;
}

function Editor({ page }: { page: KindPage }) {
  const { message } = App.useApp();
  const [isHistory, setHistory] = useState(false);
  const [isJson, setJson] = useState(false);
  const [part, setPart] = useState<Part>([]);
  const [isTried, setTried] = useState(false);
  const known = useKnown();
  const publish = usePublish();
  const draft = useDraft(page.may_edit ? "admin:menus:menus" : null);
  const reason = draft.text("reason").trim();
  const kept = textOfMenus(page.entries[0]?.data ?? {});
  // The version that this text was begun on: who published meanwhile is not to be overwritten unseen.
  const base = (draft.fields.base as number | null | undefined) ?? page.current.version;
  const isOutdated = "text" in draft.fields && base !== page.current.version;
  const text = "text" in draft.fields ? draft.text("text") : kept;
  const menus = useMemo(() => menusOf(text), [text]);
  const settled = useSettled(text, WAIT);
  const asked = useMemo(() => objectOf(settled), [settled]);
  const drawn = useQuery({
    queryKey: ["admin-menus-drawn", settled],
    queryFn: async () => got(await api.POST("/api/admin/menus/draw", { body: { menus: asked ?? {} } })),
    enabled: asked !== null,
    placeholderData: keepPreviousData,
    staleTime: Infinity,
  });
  const refused = publish.error instanceof ApiError ? publish.error : null;
  const faults: Fault[] = [...(drawn.data?.faults ?? [])];
  const refusedAt = menus === null ? null : pathOf(refused?.field ?? null, menus);
  if (refused !== null && refusedAt !== null) faults.push({ path: refusedAt, message: refused.message });

  const edit = (changed: string) => {
    publish.reset();
    draft.edit({ text: changed, base });
  };
  const save = () => {
    const wanted = objectOf(text);
    setTried(true);
    if (wanted === null || publish.isPending || reason === "" || isOutdated) return;
    publish.mutate(
      { kind: MENUS, version: page.current.version, reason, entries: { [MENUS]: wanted } },
      {
        onSuccess: ({ version }) => {
          void draft.discard();
          void message.success(`已发布第 ${version} 版，新来电按新菜单`);
        },
        onError: (error) => {
          const place = menus !== null && error instanceof ApiError ? pathOf(error.field, menus) : null;
          if (place !== null) setPart(place);
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
        <Space wrap>
          <label>
            以 JSON 编辑 <Switch aria-label="以 JSON 编辑" checked={isJson} onChange={setJson} />
          </label>
          <Button onClick={() => setHistory(true)}>历史版本</Button>
        </Space>
      </Flex>
      <div className="city-menus">
        <div>
          {isJson ? (
            <Input.TextArea
              aria-label="菜单（JSON）"
              rows={22}
              spellCheck={false}
              readOnly={!page.may_edit}
              value={text}
              onChange={(event) => edit(event.target.value)}
            />
          ) : menus === null ? (
            <Alert
              showIcon
              type="error"
              title="现在的内容不能以表单显示，请以 JSON 改正，或放弃修改"
              action={<Button onClick={() => setJson(true)}>以 JSON 编辑</Button>}
            />
          ) : (
            <MenuForm
              menus={menus}
              onChange={(changed) => edit(textOfMenus(changed))}
              known={known}
              faults={faults}
              mayEdit={page.may_edit}
              part={part}
              onPart={setPart}
            />
          )}
        </div>
        <section aria-label="菜单图" className="menu-drawing" tabIndex={0}>
          {asked === null && <Alert showIcon type="error" title="不是有效的 JSON，请检查括号、引号和逗号" />}
          {drawn.isError && <Alert showIcon type="error" title={textOf(drawn.error)} />}
          {asked !== null && drawn.data !== undefined && (
            <MenuDrawing drawing={drawn.data} known={known} onOpen={isJson || menus === null ? null : setPart} />
          )}
        </section>
      </div>
      {page.may_edit && (
        <Form layout="vertical" className="menu-publish">
          {isOutdated && (
            <Alert
              showIcon
              type="warning"
              role="alert"
              title={`您的修改写于第 ${base} 版，现行已是第 ${page.current.version} 版。请先在历史版本中核对他人的改动。`}
              action={
                <Button size="small" onClick={() => draft.edit({ base: page.current.version })}>
                  已核对，以我的为准
                </Button>
              }
            />
          )}
          {publish.isError && <Alert showIcon type="error" role="alert" title={textOf(publish.error)} />}
          <ReasonItem id="menus-reason" draft={draft} layout="horizontal" isMissing={isTried && reason === ""} />
          <Space wrap>
            <Button
              type="primary"
              loading={publish.isPending}
              disabled={asked === null || (drawn.data?.faults.length ?? 0) > 0}
              onClick={save}
            >
              发布 <kbd>Ctrl+Enter</kbd>
            </Button>
            <Button disabled={text === kept} onClick={() => void draft.discard()}>
              放弃修改
            </Button>
            <DraftStatus draft={draft} names={{ text: "菜单", reason: "变更原因" }} />
          </Space>
        </Form>
      )}
      {isHistory && <HistoryDrawer page={page} onClose={() => setHistory(false)} />}
    </section>
  );
}
