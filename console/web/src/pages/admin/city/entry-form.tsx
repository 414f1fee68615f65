import { Alert, App, Button, Drawer, Form, Popconfirm, Space } from "antd";
import { useState } from "react";

import { ApiError, textOf } from "../../../api/errors";
import { DraftStatus } from "../../../drafts/draft-status";
import { useDraft } from "../../../drafts/use-draft";
import { useKeys } from "../../../keys/use-keys";
import { type KindPage, useNames, usePublish } from "./city-api";
import { faultAt, type Faults, faultsOf, idAt, namesOf } from "./entry-check";
import { FieldInput } from "./field-input";
import { Overtaken } from "./overtaken";
import { overtaken } from "./overtaken-fields";
import { PhonePasswords } from "./phone-passwords";
import { ReasonItem } from "./reason-input";
import { emptiedBy, fieldsFor } from "./relation-fields";
import { type Field, fieldsOf, type Row } from "./schema";
import { codeOf, namedBy, titleOf } from "./words";

interface Props {
  page: KindPage;
  /** null: a new one. */
  entry: { code: string; data: Row } | null;
  onClose: () => void;
}

const REASON = "publish-reason";

/** One entry of the city's data; publishing needs a reason and is in force within seconds. */
export function EntryForm({ page, entry, onClose }: Props) {
  const { message } = App.useApp();
  const names = useNames(page.kind);
  const publish = usePublish();
  const [isTried, setTried] = useState(false);
  const declared = fieldsOf(page.form);
  const key = (entry?.code ?? "new").replace(/[^A-Za-z0-9_.-]/g, "~");
  const draft = useDraft(page.may_edit ? `admin:${page.kind}:${key}` : null);
  const base: Row = entry?.data ?? Object.fromEntries(declared.map(({ name, initial }) => [name, initial]));
  const row = { ...base, ...(draft.fields.row as Row | undefined) };
  const fields = fieldsFor(page.kind, declared, row);
  const code = entry?.code ?? codeOf(page.kind, row);
  const change = (name: string, value: unknown) => {
    publish.reset(); // what was refused is being changed
    const changed = { ...(draft.fields.row as Row | undefined), [name]: value, ...emptiedBy(page.kind, name) };
    draft.edit({ row: changed, base: draft.fields.base ?? entry?.data ?? null });
  };
  const theirs = entry === null ? [] : overtaken(fields, draft.fields, entry.data);

  const send = (data: Row | null) => {
    const reason = draft.text("reason").trim();
    const wrong = data === null ? new Map<string, string>() : faultsOf(fields, row);
    const first = [...wrong.keys()][0];
    setTried(true);
    if (first !== undefined) focus(first);
    else if (reason === "") document.getElementById(REASON)?.focus();
    if (first !== undefined || reason === "" || (data !== null && theirs.length > 0)) return;
    const asked = {
      kind: page.kind,
      version: page.current.version,
      reason,
      entries: { [code]: data },
      areNew: entry === null,
    };
    publish.mutate(asked, {
      onSuccess: ({ version }) => {
        void draft.discard();
        void message.success(`已发布第 ${version} 版，几秒内生效`);
        onClose();
      },
      onError: (error) => {
        const place = error instanceof ApiError ? placeOf(page.kind, error.field, code) : null;
        if (place !== null) focus(place);
      },
    });
  };
  const save = () => send(filled(row, fields));
  useKeys({ "Ctrl+Enter": page.may_edit ? save : undefined });

  const failed = publish.error instanceof ApiError ? publish.error : null;
  const at = placeOf(page.kind, failed?.field ?? null, code);
  const plain = isTried ? faultsOf(fields, row) : new Map<string, string>();
  const faults: Faults = failed !== null && at !== null ? new Map([...plain, [at, failed.text]]) : plain;
  const isReasonMissing = isTried && draft.text("reason").trim() === "";
  const missing = [namesOf(plain, fields), ...(isReasonMissing ? ["变更原因"] : [])].filter(Boolean).join("、");
  return (
    <Drawer
      open
      size="min(640px, 100vw)"
      title={entry === null ? `新增${page.title}` : `${page.title} ${titleOf(page.kind, fields, entry.data, names.nameOf)}`}
      onClose={onClose}
      footer={
        page.may_edit && (
          <Space wrap>
            {entry !== null && theirs.length > 0 && (
              <Overtaken
                fields={theirs}
                data={entry.data}
                nameOf={names.nameOf}
                onSeen={() => draft.edit({ base: entry.data })}
              />
            )}
            {publish.isError ? (
              <Alert showIcon type="error" role="alert" title={textOf(publish.error)} />
            ) : (
              missing !== "" && <Alert showIcon type="error" role="alert" title={`还不能发布，请先改正：${missing}`} />
            )}
            <Button type="primary" loading={publish.isPending} onClick={save}>
              发布 <kbd>Ctrl+Enter</kbd>
            </Button>
            {entry !== null && !page.closes && (
              <Popconfirm title="删除后几秒内生效，可在历史版本中恢复" onConfirm={() => send(null)}>
                <Button danger>删除</Button>
              </Popconfirm>
            )}
            <DraftStatus draft={draft} names={{ row: page.title, reason: "变更原因" }} />
          </Space>
        )
      }
    >
      {entry !== null && <PhonePasswords kind={page.kind} data={entry.data} />}
      <Form layout="vertical" className="city-form">
        {fields.map((field) => {
          const id = idAt(field.name);
          const fault = faultAt(faults, field);
          return (
            <Form.Item
              key={field.name}
              label={field.title}
              htmlFor={id}
              required={field.isRequired}
              extra={field.help}
              validateStatus={fault === undefined ? undefined : "error"}
              help={fault === undefined ? undefined : <span id={`${id}-fault`}>{fault}</span>}
            >
              <FieldInput
                id={id}
                path={field.name}
                field={field}
                value={row[field.name]}
                onChange={(value) => change(field.name, value)}
                choices={names.choices}
                faults={faults}
                disabled={!page.may_edit || (entry !== null && namedBy(page.kind).includes(field.name))}
              />
            </Form.Item>
          );
        })}
        {page.may_edit && <ReasonItem id={REASON} draft={draft} isMissing={isReasonMissing} />}
      </Form>
    </Drawer>
  );
}

/** The first field that is wrong: what can be typed into or chosen from in it. */
function focus(path: string) {
  const parts = path.split(".");
  for (let length = parts.length; length > 0; length -= 1) {
    const found = document.getElementById(idAt(parts.slice(0, length).join(".")));
    const box = found?.matches("input, textarea, button") ? found : found?.querySelector<HTMLElement>("input, textarea, button");
    if (box == null) continue;
    box.focus();
    return;
  }
}

/** The entry as it is sent: what was left empty is left out. */
function filled(row: Row, fields: readonly Field[]): Row {
  const isLeft = (name: string, value: unknown) =>
    value === undefined || ((value === null || value === "") && !fields.find((one) => one.name === name)?.isKept);
  const kept = Object.entries(row).filter(([name, value]) => !isLeft(name, value));
  return Object.fromEntries(
    kept.map(([name, value]) => {
      const inner = fields.find((one) => one.name === name);
      if (inner?.kind === "rows") return [name, (value as Row[]).map((one) => filled(one, inner.fields))];
      return [name, value];
    }),
  );
}

/** The field that a refusal is about, of `entries.CODE.FIELD…`; of the entry as a whole what names it. */
function placeOf(kind: string, field: string | null, code: string): string | null {
  const start = `entries.${code}.`;
  if (field === `entries.${code}`) return namedBy(kind).at(-1) ?? null;
  return field?.startsWith(start) ? field.slice(start.length) : null;
}
