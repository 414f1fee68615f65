import { Alert, App, Button, Drawer, Form, Popconfirm, Space } from "antd";

import { ApiError, textOf } from "../../../api/errors";
import { DraftStatus } from "../../../drafts/draft-status";
import { useDraft } from "../../../drafts/use-draft";
import { useKeys } from "../../../keys/use-keys";
import { type KindPage, useNames, usePublish } from "./city-api";
import { FieldInput } from "./field-input";
import { PhonePasswords } from "./phone-passwords";
import { ReasonInput } from "./reason-input";
import { type Field, fieldsOf, type Row } from "./schema";
import { codeOf, namedBy } from "./words";

interface Props {
  page: KindPage;
  /** null: a new one. */
  entry: { code: string; data: Row } | null;
  onClose: () => void;
}

/** One entry of the city's data; publishing needs a reason and is in force within seconds. */
export function EntryForm({ page, entry, onClose }: Props) {
  const { message } = App.useApp();
  const names = useNames();
  const publish = usePublish();
  const fields = fieldsOf(page.form);
  const key = (entry?.code ?? "new").replace(/[^A-Za-z0-9_.-]/g, "~");
  const draft = useDraft(page.may_edit ? `admin:${page.kind}:${key}` : null);
  const base: Row = entry?.data ?? Object.fromEntries(fields.map(({ name, initial }) => [name, initial]));
  const row = { ...base, ...(draft.fields.row as Row | undefined) };
  const change = (name: string, value: unknown) =>
    draft.edit({ row: { ...(draft.fields.row as Row | undefined), [name]: value } });

  const send = (data: Row | null) => {
    const code = entry?.code ?? codeOf(page.kind, row);
    const asked = {
      kind: page.kind,
      version: page.current.version,
      reason: draft.text("reason").trim(),
      entries: { [code]: data },
      areNew: entry === null,
    };
    publish.mutate(asked, {
      onSuccess: ({ version }) => {
        void draft.discard();
        void message.success(`已发布第 ${version} 版，几秒内生效`);
        onClose();
      },
    });
  };
  const save = () => send(filled(row, fields));
  useKeys({ "Ctrl+Enter": page.may_edit ? save : undefined });

  const failed = publish.error instanceof ApiError ? publish.error : null;
  const at = placeOf(page.kind, failed?.field ?? null, entry?.code ?? codeOf(page.kind, row));
  return (
    <Drawer
      open
      size="min(640px, 100vw)"
      title={entry === null ? `新增${page.title}` : `${page.title} ${entry.code}`}
      onClose={onClose}
      footer={
        page.may_edit && (
          <Space wrap>
            {publish.isError && <Alert showIcon type="error" role="alert" title={textOf(publish.error)} />}
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
        {fields.map((field) => (
          <Form.Item
            key={field.name}
            label={field.title}
            htmlFor={`city-${field.name}`}
            required={field.isRequired}
            extra={field.help}
            validateStatus={at === field.name ? "error" : undefined}
            help={at === field.name ? failed?.text : undefined}
          >
            <FieldInput
              id={`city-${field.name}`}
              field={field}
              value={row[field.name]}
              onChange={(value) => change(field.name, value)}
              choices={names.choices}
              disabled={!page.may_edit || (entry !== null && namedBy(page.kind).includes(field.name))}
            />
          </Form.Item>
        ))}
        {page.may_edit && (
          <Form.Item
            label="变更原因"
            htmlFor="publish-reason"
            required
            validateStatus={failed?.field === "reason" ? "error" : undefined}
          >
            <ReasonInput id="publish-reason" draft={draft} />
          </Form.Item>
        )}
      </Form>
    </Drawer>
  );
}

/** The entry as it is sent: what was left empty is left out. */
function filled(row: Row, fields: readonly Field[]): Row {
  const isLeft = (name: string, value: unknown) =>
    value === undefined || ((value === null || value === "") && !fields.find((one) => one.name === name)?.isRequired);
  const kept = Object.entries(row).filter(([name, value]) => !isLeft(name, value));
  return Object.fromEntries(
    kept.map(([name, value]) => {
      const inner = fields.find((one) => one.name === name);
      if (inner?.kind === "rows") return [name, (value as Row[]).map((one) => filled(one, inner.fields))];
      // A relation names one unit, or several words for it.
      if (name === "value" && Array.isArray(value) && row.table !== "aliases") return [name, value[0]];
      return [name, value];
    }),
  );
}

/** The field that a refusal is about: `entries.CODE.FIELD…`, or what names the entry. */
function placeOf(kind: string, field: string | null, code: string): string | null {
  const start = `entries.${code}.`;
  if (field === `entries.${code}`) return namedBy(kind)[0] ?? null;
  return field?.startsWith(start) ? (field.slice(start.length).split(".")[0] ?? null) : null;
}
