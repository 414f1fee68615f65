import { Alert, Button, Space, Typography } from "antd";
import dayjs from "dayjs";

import type { Saving } from "./keeper";
import type { Aside } from "./merge";
import type { Draft } from "./use-draft";

/** 已保存: says that what was typed is safe, and what another page had typed. */
export function DraftStatus({ draft, names = {} }: { draft: Draft; names?: Record<string, string> }) {
  return (
    <>
      <Typography.Text
        role="status"
        type={draft.saving.state === "failed" ? "danger" : "secondary"}
        className="draft-status"
      >
        {words(draft.saving)}
      </Typography.Text>
      {draft.aside.map((one, place) => (
        <Other key={place} one={one} draft={draft} name={names[one.name] ?? one.name} />
      ))}
    </>
  );
}

function Other({ one, draft, name }: { one: Aside; draft: Draft; name: string }) {
  const text = typeof one.value === "string" ? one.value : JSON.stringify(one.value);
  const join = () => {
    draft.edit({ [one.name]: typeof one.value === "string" ? joined(draft, one.name, text) : one.value });
    draft.dropAside(one);
  };
  return (
    <Alert
      type="warning"
      title={`${one.isColleagues ? "前一位话务员" : "您在另一页面"}填写的“${name}”（${dayjs(one.at).format("HH:mm")}）`}
      description={<Typography.Paragraph style={{ whiteSpace: "pre-wrap" }}>{text}</Typography.Paragraph>}
      action={
        <Space orientation="vertical">
          <Button size="small" onClick={join}>
            并入
          </Button>
          <Button size="small" onClick={() => draft.dropAside(one)}>
            不要
          </Button>
        </Space>
      }
    />
  );
}

function joined(draft: Draft, name: string, other: string): string {
  const mine = draft.text(name);
  return mine === "" ? other : `${mine}\n${other}`;
}

function words(saving: Saving): string {
  switch (saving.state) {
    case "loading":
      return "正在读取草稿";
    case "empty":
      return "";
    case "typed":
      return "正在保存";
    case "saved":
      return `已保存 ${dayjs(saving.at).format("HH:mm:ss")}`;
    case "failed":
      return `尚未保存：${saving.text}`;
  }
}
