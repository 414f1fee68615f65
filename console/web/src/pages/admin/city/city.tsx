import { Alert, Button, Flex, Input, Menu, Select, Space, Spin, Table, Typography } from "antd";
import dayjs from "dayjs";
import { useState } from "react";
import { useSearchParams } from "react-router";

import { textOf } from "../../../api/errors";
import { namedList } from "../../../forms/named-list";
import { type KindInfo, useEntries, useKinds, useNames } from "./city-api";
import "./city.css";
import { Coverage } from "./coverage";
import { EntryForm } from "./entry-form";
import { HistoryDrawer, told } from "./history-drawer";
import { MenusView } from "./menus/menus-view";
import { PromptsView } from "./prompts-view";
import { fieldFor } from "./relation-fields";
import { fieldsOf, type Row } from "./schema";
import { shown } from "./words";

/** Kinds in the order in which people look for them. */
const GROUPS: readonly [string, readonly string[]][] = [
  ["单位与值守", ["units", "contacts", "roster", "holidays", "relations"]],
  ["热线", ["notices", "agents", "groups", "pauses", "prompts", "menus"]],
  ["工单", ["categories", "routing", "places", "regions", "sms"]],
];
const COLUMNS = 5;

/** 城市数据: what the line and the tickets of this city go by; every change has its version. */
export default function CityPage() {
  const kinds = useKinds();
  const [place, setPlace] = useSearchParams();
  const known = kinds.data ?? [];
  const kind = place.get("kind") ?? inOrder(known)[0]?.kind ?? null;
  const choose = (name: string) => setPlace({ kind: name });
  if (kinds.isError) return <Alert showIcon type="error" title={textOf(kinds.error)} />;
  if (kind === null) return <Spin description="正在读取" />;
  return (
    <div className="city">
      <nav aria-label="数据类别" className="city-kinds">
        <Menu
          mode="inline"
          selectedKeys={[kind]}
          onClick={({ key }) => choose(key)}
          items={GROUPS.map(([label, names]) => ({
            key: label,
            type: "group" as const,
            label,
            children: titled(known, names).map((one) => ({ key: one.kind, label: one.title })),
          })).filter(({ children }) => children.length > 0)}
        />
      </nav>
      <Select
        className="city-choose"
        aria-label="数据类别"
        popupRender={namedList("数据类别")}
        value={kind}
        onChange={choose}
        options={inOrder(known).map((one) => ({ value: one.kind, label: one.title }))}
      />
      {kind === "prompts" ? (
        <PromptsView key={kind} />
      ) : kind === "menus" ? (
        <MenusView key={kind} />
      ) : (
        <KindView key={kind} kind={kind} />
      )}
    </div>
  );
}

function titled(known: readonly KindInfo[], names: readonly string[]): KindInfo[] {
  return names.flatMap((name) => known.find(({ kind }) => kind === name) ?? []);
}

function inOrder(known: readonly KindInfo[]): KindInfo[] {
  return GROUPS.flatMap(([, names]) => titled(known, names));
}

/** Entries of one kind. */
function KindView({ kind }: { kind: string }) {
  const [q, setQ] = useState("");
  const [opened, setOpened] = useState<{ code: string; data: Row } | "new" | null>(null);
  const [isHistory, setHistory] = useState(false);
  const { nameOf } = useNames(kind);
  const page = useEntries(kind, q);
  if (page.isError) return <Alert showIcon type="error" title={textOf(page.error)} />;
  if (page.data?.kind !== kind) return <Spin description="正在读取" />;
  const about = page.data;
  const fields = fieldsOf(about.form);
  const columns = fields.filter(({ kind: held }) => held !== "long" || fields.length < COLUMNS).slice(0, COLUMNS);
  const today = dayjs().format("YYYY-MM-DD");
  return (
    <section aria-label={about.title} className="city-main">
      <Flex justify="space-between" align="center" wrap gap={8}>
        <div>
          <Typography.Title level={1} className="city-title">
            {about.title} <small>{about.total} 项</small>
          </Typography.Title>
          <Typography.Text type="secondary">
            {about.current.version > 0 && `第 ${about.current.version} 版 · `}
            {told(about.current)}
          </Typography.Text>
        </div>
        <Space wrap>
          <Input.Search
            allowClear
            aria-label={`查找${about.title}`}
            placeholder="任意内容"
            maxLength={40}
            onSearch={(typed) => setQ(typed.trim())}
          />
          <Button onClick={() => setHistory(true)}>历史版本</Button>
          {about.may_edit && (
            <Button type="primary" onClick={() => setOpened("new")}>
              新增
            </Button>
          )}
        </Space>
      </Flex>
      {kind === "roster" && <Coverage />}
      <Table<{ code: string; data: Row }>
        size="small"
        rowKey="code"
        dataSource={about.entries}
        pagination={{ pageSize: 15, hideOnSinglePage: true, showSizeChanger: false }}
        scroll={{ x: "max-content" }}
        locale={{ emptyText: q === "" ? "还没有内容" : "没有符合条件的内容" }}
        rowClassName={({ data }) => (isClosed(data, today) ? "city-closed" : "")}
        columns={[
          ...columns.map((field) => ({
            key: field.name,
            title: field.title,
            ellipsis: true,
            render: (_: unknown, { data }: { data: Row }) => (
              <span className="city-value">{shown(fieldFor(kind, field, data), data[field.name], nameOf)}</span>
            ),
          })),
          {
            key: "open",
            title: "操作",
            width: 80,
            fixed: "end" as const,
            render: (_: unknown, one: { code: string; data: Row }) => (
              <Button size="small" aria-label={`打开 ${one.code}`} onClick={() => setOpened(one)}>
                {about.may_edit ? "修改" : "查看"}
              </Button>
            ),
          },
        ]}
      />
      {opened !== null && (
        <EntryForm page={about} entry={opened === "new" ? null : opened} onClose={() => setOpened(null)} />
      )}
      {isHistory && <HistoryDrawer page={about} onClose={() => setHistory(false)} />}
    </section>
  );
}

/** Out of use: closed, or over. */
function isClosed(data: Row, today: string): boolean {
  const last = data.valid_to ?? data.until;
  return typeof last === "string" && last !== "" && dayjs(last).format("YYYY-MM-DD") < today;
}
