import { Alert, App, Button, Collapse, Drawer, Empty, Input, Space, Spin } from "antd";
import dayjs from "dayjs";

import { textOf } from "../../../api/errors";
import { useDraft } from "../../../drafts/use-draft";
import { actorWords } from "../../../session/actor-words";
import { type Changed, type KindPage, useNames, useRestore, useVersionChanges, useVersions, type Version } from "./city-api";
import { MenuChanges } from "./menus/menu-changes";
import { fieldFor, fieldsFor } from "./relation-fields";
import { type Field, fieldsOf, type Row } from "./schema";
import { shown, titleOf } from "./words";

/** 历史版本: who changed what, when and why; any of them can be brought back. */
export function HistoryDrawer({ page, onClose }: { page: KindPage; onClose: () => void }) {
  const versions = useVersions(page.kind);
  return (
    <Drawer open size="min(720px, 100vw)" title={`${page.title} 历史版本`} onClose={onClose}>
      {versions.isPending && <Spin />}
      {versions.isError && <Alert showIcon type="error" title={textOf(versions.error)} />}
      {versions.data?.length === 0 && (
        <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description="还没有改动，内容随程序提供" />
      )}
      <Collapse
        destroyOnHidden
        items={versions.data?.map((one) => ({
          key: one.version,
          label: `第 ${one.version} 版 · ${told(one)}`,
          children: <OneVersion page={page} version={one} />,
        }))}
      />
    </Drawer>
  );
}

export function told(one: Version): string {
  if (one.at === null) return "随程序和配置文件提供";
  // The first version of a store holds what the program brought (city_versions.FIRST).
  if (one.reason === "files of the program") return "随程序";
  const when = dayjs(one.at).format("YYYY-MM-DD HH:mm");
  return `${when} ${actorWords(one.by ?? "", one.by_name)}：${one.reason ?? ""}`;
}

function OneVersion({ page, version }: { page: KindPage; version: Version }) {
  const changes = useVersionChanges(page.kind, version.version);
  const fields = fieldsOf(page.form);
  const isCurrent = version.version === page.current.version;
  return (
    <div className="city-version">
      {changes.isPending && <Spin />}
      {changes.isError && <Alert showIcon type="error" title={textOf(changes.error)} />}
      {changes.data?.slice(0, 50).map((one) => (
        <OneChange key={one.code} kind={page.kind} one={one} fields={fields} />
      ))}
      {(changes.data?.length ?? 0) > 50 && <p>另有 {(changes.data?.length ?? 0) - 50} 项改动</p>}
      {isCurrent ? "当前版本" : page.may_edit && <Restore page={page} version={version.version} />}
    </div>
  );
}

function OneChange({ kind, one, fields }: { kind: string; one: Changed; fields: readonly Field[] }) {
  const { nameOf } = useNames(kind);
  const before: Row = one.before ?? {};
  const after: Row = one.after ?? {};
  const changed = fields.filter(({ name }) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
  return (
    <section className="city-change" aria-label={one.code}>
      <strong>
        {titleOf(kind, fieldsFor(kind, fields, one.after ?? before), one.after ?? before, nameOf) || one.code}{" "}
        {one.before === null ? "新增" : one.after === null ? "删除" : "修改"}
      </strong>
      {kind === "menus" ? (
        <MenuChanges before={one.before} after={one.after} />
      ) : (
        <dl>
          {changed.map((field) => (
            <div key={field.name}>
              <dt>{fieldFor(kind, field, one.after ?? before).title}</dt>
              <dd>
                {one.before !== null && <del>{shown(fieldFor(kind, field, before), before[field.name], nameOf) || "（空）"}</del>}{" "}
                {one.after !== null && <ins>{shown(fieldFor(kind, field, after), after[field.name], nameOf) || "（空）"}</ins>}
              </dd>
            </div>
          ))}
        </dl>
      )}
    </section>
  );
}

function Restore({ page, version }: { page: KindPage; version: number }) {
  const { message } = App.useApp();
  const draft = useDraft(`restore:${page.kind}:${version}`);
  const reason = draft.text("reason");
  const restore = useRestore();
  const go = () =>
    restore.mutate(
      { kind: page.kind, seen: page.current.version, version, reason: reason.trim() },
      {
        onSuccess: (done) => {
          void draft.discard();
          void message.success(`已恢复为第 ${version} 版的内容，作为第 ${done.version} 版发布`);
        },
      },
    );
  return (
    <>
      {restore.isError && <Alert showIcon type="error" title={textOf(restore.error)} />}
      <Space.Compact block>
        <Input
          aria-label="恢复的原因"
          placeholder="恢复的原因"
          maxLength={500}
          value={reason}
          onChange={(event) => draft.edit({ reason: event.target.value })}
          onPressEnter={go}
        />
        <Button loading={restore.isPending} disabled={reason.trim() === ""} onClick={go}>
          恢复到此版
        </Button>
      </Space.Compact>
    </>
  );
}
