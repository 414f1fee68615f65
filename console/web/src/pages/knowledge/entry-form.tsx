import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Alert, App, Button, DatePicker, Form, Input, Select } from "antd";
import dayjs, { type Dayjs } from "dayjs";
import { type ComponentProps, useRef } from "react";

import { api, got } from "../../api/client";
import { ApiError, textOf } from "../../api/errors";
import { DraftStatus } from "../../drafts/draft-status";
import { useDraft } from "../../drafts/use-draft";
import { useCategories, useRegions, useUnits } from "../../forms/lookups";
import { useKeys } from "../../keys/use-keys";
import { type Content, contentOf, type WholeEntry } from "../../knowledge/entries";
import { UNIT_ROLES } from "../../session/roles";
import { hasRole, useSession } from "../../session/session";

const LABELS: Record<string, string> = {
  title: "标题",
  questions: "口语问法",
  answer: "答复内容",
  unit: "责任单位",
  categories: "诉求分类",
  region: "适用地区",
  valid_from: "生效日期",
  valid_to: "失效日期",
  review_by: "复核日期",
  note: "修改说明",
};

interface Props {
  /** What is revised; null: a new entry. */
  entry: WholeEntry | null;
  onDone: (entry: WholeEntry) => void;
  onLeave: () => void;
}

/** A new entry, or a new version of one; it waits for approval. */
export function EntryForm({ entry, onDone, onLeave }: Props) {
  const { user } = useSession();
  const { message } = App.useApp();
  const queries = useQueryClient();
  const units = useUnits();
  const categories = useCategories();
  const regions = useRegions();
  const draft = useDraft(entry === null ? "knowledge:new" : `knowledge:${entry.code}:revise`);
  const isUnit = hasRole(user, UNIT_ROLES);

  const initial: Partial<Content> =
    entry === null
      ? {
          unit: isUnit ? (user.unit ?? undefined) : undefined,
          valid_from: dayjs().format("YYYY-MM-DD"),
          review_by: dayjs().add(1, "year").format("YYYY-MM-DD"),
        }
      : contentOf(entry.pending?.content ?? entry);
  const value = <Name extends keyof Content>(name: Name) =>
    (name in draft.fields ? draft.fields[name] : initial[name]) as Content[Name] | undefined;
  const note = draft.text("note");
  /** Known at once, not with the next render: the keys may be pressed twice. */
  const isSending = useRef(false);

  const sending = useMutation({
    mutationFn: async () => {
      const body = {
        title: value("title") ?? "",
        questions: (value("questions") ?? []).map((one) => one.trim()).filter((one) => one !== ""),
        answer: value("answer") ?? "",
        unit: value("unit") ?? "",
        categories: value("categories") ?? [],
        region: value("region") ?? null,
        valid_from: value("valid_from") ?? "",
        valid_to: value("valid_to") || null,
        review_by: value("review_by") ?? "",
        note: note.trim() || null,
      };
      if (entry === null) return got(await api.POST("/api/knowledge", { body }));
      const params = { path: { code: entry.code }, header: { "If-Match": `"${entry.seq}"` } };
      return got(await api.POST("/api/knowledge/{code}/revise", { params, body }));
    },
    onSuccess: async (done) => {
      await draft.discard();
      await queries.invalidateQueries({ queryKey: ["knowledge"] });
      void message.success(`${done.code} 已提交，等待审核`);
      onDone(done);
    },
    onSettled: () => {
      isSending.current = false;
    },
    onError: async (error) => {
      // The text stays; what somebody else changed is shown behind it.
      if (error instanceof ApiError && error.code === "stale_version") {
        await queries.invalidateQueries({ queryKey: ["knowledge"] });
      }
    },
  });
  const send = () => {
    if (isSending.current) return;
    isSending.current = true;
    sending.mutate();
  };
  useKeys({ "Ctrl+Enter": send });

  const failed = sending.error instanceof ApiError ? sending.error : null;
  const at = failed?.field?.split(".")[0];
  const item = (name: string, required = false): ComponentProps<typeof Form.Item> => ({
    label: LABELS[name],
    htmlFor: `knowledge-${name}`,
    required,
    ...(at === name ? { validateStatus: "error", help: failed?.text.replace(name, LABELS[name] ?? name) } : {}),
  });
  const date = (name: "valid_from" | "valid_to" | "review_by") => {
    const day = value(name);
    return (
      <DatePicker
        id={`knowledge-${name}`}
        className="knowledge-date"
        placeholder={name === "valid_to" ? "长期有效" : "2026-10-01"}
        value={day ? dayjs(day) : null}
        onChange={(chosen: Dayjs | null) => draft.edit({ [name]: chosen?.format("YYYY-MM-DD") ?? "" })}
      />
    );
  };

  return (
    <Form layout="vertical" className="knowledge-form" onFinish={send}>
      <h2>{entry === null ? "新增条目" : `修订 ${entry.code}`}</h2>
      {sending.isError && (at === undefined || !(at in LABELS)) && (
        <Alert type="error" showIcon role="alert" title={textOf(sending.error)} />
      )}
      <Form.Item {...item("title", true)}>
        <Input
          id="knowledge-title"
          maxLength={60}
          value={value("title") ?? ""}
          onChange={(event) => draft.edit({ title: event.target.value })}
        />
      </Form.Item>
      <Form.Item {...item("answer", true)}>
        <Input.TextArea
          id="knowledge-answer"
          rows={6}
          maxLength={4000}
          placeholder="去哪办、带什么、多久、找谁问；话务员照此答复"
          value={value("answer") ?? ""}
          onChange={(event) => draft.edit({ answer: event.target.value })}
        />
      </Form.Item>
      <Form.Item {...item("questions")} extra="市民会怎么问，一行一个，最多30个；写得越多越容易查到">
        <Input.TextArea
          id="knowledge-questions"
          rows={2}
          value={(value("questions") ?? []).join("\n")}
          onChange={(event) => draft.edit({ questions: event.target.value.split("\n").slice(0, 30) })}
        />
      </Form.Item>
      <div className="knowledge-columns">
        <Form.Item {...item("unit", true)}>
          <Select
            id="knowledge-unit"
            disabled={isUnit}
            showSearch={{ optionFilterProp: "label" }}
            value={value("unit")}
            onChange={(unit) => draft.edit({ unit })}
            options={units}
          />
        </Form.Item>
        <Form.Item {...item("categories", true)}>
          <Select
            id="knowledge-categories"
            mode="multiple"
            maxCount={5}
            showSearch={{ optionFilterProp: "label" }}
            value={value("categories") ?? []}
            onChange={(chosen) => draft.edit({ categories: chosen })}
            options={categories}
          />
        </Form.Item>
        <Form.Item {...item("region")}>
          <Select
            id="knowledge-region"
            allowClear
            placeholder="全市"
            value={value("region") ?? undefined}
            onChange={(region?: string) => draft.edit({ region: region ?? null })}
            options={regions}
          />
        </Form.Item>
        <Form.Item {...item("valid_from", true)}>{date("valid_from")}</Form.Item>
        <Form.Item {...item("valid_to")}>{date("valid_to")}</Form.Item>
        <Form.Item {...item("review_by", true)}>{date("review_by")}</Form.Item>
      </div>
      <Form.Item {...item("note")}>
        <Input
          id="knowledge-note"
          maxLength={200}
          placeholder="改了什么、依据是什么"
          value={note}
          onChange={(event) => draft.edit({ note: event.target.value })}
        />
      </Form.Item>
      <div className="knowledge-foot">
        <Button type="primary" htmlType="submit" loading={sending.isPending}>
          提交审核（Ctrl+Enter）
        </Button>
        <Button onClick={onLeave}>返回</Button>
        <DraftStatus draft={draft} names={LABELS} />
      </div>
    </Form>
  );
}
