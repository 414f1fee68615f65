import { useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Button, Input, Popover, Select, Space, Tag } from "antd";
import { useState } from "react";

import { api, got } from "../../api/client";
import { textOf } from "../../api/errors";
import { namedList } from "../../forms/named-list";
import { useCategories, useUnits } from "../../tickets/queries";
import { KINDS, type Kind, type Queue } from "../../tickets/words";
import { URGENCIES } from "../../words";
import type { Filter } from "./use-inbox";

const OF_QUEUE: Record<Queue, readonly Kind[]> = {
  agent: [],
  messages: [],
  emergency: ["accept", "follow_up"],
  dispatcher: ["accept", "dispatch", "return", "extension", "audit"],
  callback: [],
  supervisor: ["accept", "extension", "unsatisfied", "recheck", "coordinate", "late", "overdue"],
  unit: ["sign", "handle", "extension_asked", "extended", "supplement", "rectify", "child_sign", "child_handle", "assist"],
};

/** How one looks at a list, and how one likes to. */
export function FilterBar({
  queue,
  filter,
  counts,
  onChange,
}: {
  queue: Queue;
  filter: Filter;
  /** How many there are of each kind. */
  counts: ReadonlyMap<Kind, number>;
  onChange: (filter: Filter) => void;
}) {
  const units = useUnits();
  const categories = useCategories();
  const set = (changes: Filter) => onChange(filled({ ...filter, ...changes }));
  const kinds = OF_QUEUE[queue];
  return (
    <Space wrap size={[8, 8]} className="filter-bar">
      {kinds.length > 0 && (
        <div role="group" aria-label="事项">
          {kinds.map((kind) => (
            <Tag.CheckableTag
              key={kind}
              checked={filter.kind?.includes(kind) === true}
              onChange={(checked) => set({ kind: changed(filter.kind ?? [], kind, checked) })}
            >
              {KINDS[kind]} {counts.get(kind) ?? 0}
            </Tag.CheckableTag>
          ))}
        </div>
      )}
      {queue !== "unit" && (
        <Select
          allowClear
          showSearch={{ optionFilterProp: "label" }}
          placeholder="承办单位"
          aria-label="承办单位"
          popupRender={namedList("承办单位")}
          className="filter-box"
          value={filter.unit}
          options={[...units].map(([value, label]) => ({ value, label }))}
          onChange={(unit?: string) => set({ unit })}
        />
      )}
      <Select
        allowClear
        showSearch={{ optionFilterProp: "label" }}
        placeholder="诉求分类"
        aria-label="诉求分类"
          popupRender={namedList("诉求分类")}
        className="filter-box"
        value={filter.category_l2}
        options={[...categories].map(([value, label]) => ({ value, label }))}
        onChange={(category_l2?: string) => set({ category_l2 })}
      />
      <Select
        allowClear
        placeholder="紧急程度"
        aria-label="紧急程度"
          popupRender={namedList("紧急程度")}
        className="filter-box"
        value={filter.urgency}
        options={Object.entries(URGENCIES).map(([value, label]) => ({ value, label }))}
        onChange={(urgency?: Filter["urgency"]) => set({ urgency })}
      />
      <Tag.CheckableTag
        checked={filter.is_overdue === true}
        onChange={(checked) => set({ is_overdue: checked ? true : undefined })}
      >
        已超期
      </Tag.CheckableTag>
      <SavedFilters page={`inbox/${queue}`} filter={filter} onChange={onChange} />
    </Space>
  );
}

/** 常用筛选, kept with the account. */
function SavedFilters({
  page,
  filter,
  onChange,
}: {
  page: string;
  filter: Filter;
  onChange: (filter: Filter) => void;
}) {
  const client = useQueryClient();
  const { message } = App.useApp();
  const [label, setLabel] = useState("");
  const saved = useQuery({
    queryKey: ["filters"],
    queryFn: async () => got(await api.GET("/api/filters")),
  });
  const mine = (saved.data ?? []).filter((one) => one.page === page);
  const tried = async (work: Promise<unknown>) => {
    try {
      await work;
      await client.invalidateQueries({ queryKey: ["filters"] });
    } catch (error) {
      void message.error(textOf(error));
    }
  };
  const save = async () => {
    if (label.trim() === "") return;
    const body = { page, label: label.trim(), query: { ...filter } };
    const key = crypto.randomUUID?.().slice(0, 8) ?? String(Date.now());
    await tried(api.PUT("/api/filters/{key}", { params: { path: { key } }, body }));
    setLabel("");
  };
  const asked = JSON.stringify(filled(filter));
  return (
    <>
      {mine.map((one) => (
        <Tag.CheckableTag
          key={one.key}
          checked={JSON.stringify(filled(one.query as Filter)) === asked}
          onChange={(checked) => onChange(checked ? (one.query) : {})}
        >
          {one.label}
        </Tag.CheckableTag>
      ))}
      <Popover
        trigger="click"
        title="常用筛选"
        content={
          <Space orientation="vertical">
            {mine.map((one) => (
              <Space key={one.key}>
                {one.label}
                <Button
                  size="small"
                  onClick={() =>
                    void tried(api.DELETE("/api/filters/{key}", { params: { path: { key: one.key } } }))
                  }
                >
                  删除
                </Button>
              </Space>
            ))}
            <Space.Compact>
              <Input
                aria-label="筛选名称"
                placeholder="给当前筛选起个名称"
                maxLength={20}
                value={label}
                onChange={(event) => setLabel(event.target.value)}
                onPressEnter={() => void save()}
              />
              <Button onClick={() => void save()}>保存</Button>
            </Space.Compact>
          </Space>
        }
      >
        <Button size="small">常用筛选</Button>
      </Popover>
    </>
  );
}

function changed(kinds: readonly Kind[], kind: Kind, isIn: boolean): Kind[] {
  const others = kinds.filter((one) => one !== kind);
  return isIn ? [...others, kind] : others;
}

/** Without what is empty. */
function filled(filter: Filter): Filter {
  const told = Object.entries(filter).filter(
    ([, value]) => value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0),
  );
  return Object.fromEntries(told.sort(([one], [other]) => (one < other ? -1 : 1)));
}
