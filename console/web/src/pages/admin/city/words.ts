import dayjs from "dayjs";

import type { Field, Row } from "./schema";

/** What codes in the city's data mean to people. */
const VALUES: Record<string, string> = {
  mon: "周一",
  tue: "周二",
  wed: "周三",
  thu: "周四",
  fri: "周五",
  sat: "周六",
  sun: "周日",
  holiday: "节假日",
  city: "市直",
  county: "县区",
  zone: "功能区",
  enterprise: "企业",
  province: "省直",
  town: "乡镇（街道）",
  village: "村",
  community: "社区",
  estate: "小区",
  road: "道路",
  school: "学校",
  market: "市场、商场",
  hospital: "医院",
  park: "公园、广场",
  water: "河、湖",
  landmark: "其他标志地点",
  sms_created: "受理通知",
  sms_guidance: "不予受理告知",
  sms_dispatched: "派单通知",
  sms_extended: "延期通知",
  sms_survey: "回访评价",
  sms_rectify: "整改通知",
  sms_unit_sign: "承办单位签收提醒",
  sms_unit_due: "承办单位到期提醒",
  sms_unit_overdue: "承办单位超时提醒",
  agent: "话务员",
  supervisor: "班长",
  territories: "属地单位",
  superiors: "上级单位",
  aliases: "俗称",
  sign: "签收",
  answer: "答复",
  resolve: "办理",
  rectify: "整改",
};

export function wordOf(value: string): string {
  return VALUES[value] ?? value;
}

/** Fields that name an entry of a kind. */
const NAMED_BY: Record<string, readonly string[]> = {
  relations: ["table", "code"],
  contacts: ["unit"],
  roster: ["unit"],
  holidays: ["day"],
  notices: ["id"],
  groups: ["name"],
  agents: ["number"],
  prompts: ["key"],
  routing: ["category", "region"],
  sms: ["key"],
};

export function namedBy(kind: string): readonly string[] {
  return NAMED_BY[kind] ?? ["code"];
}

/** The code of an entry: what its fields say. */
export function codeOf(kind: string, row: Row): string {
  return namedBy(kind)
    .map((name) => textOf(row[name]))
    .join("/");
}

/** What the codes of other entries are called. */
export type NameOf = (kind: string, code: string) => string;

/** A value in a table or a comparison; `nameOf` gives names of codes. */
export function shown(field: Field, value: unknown, nameOf: NameOf): string {
  if (value === null || value === undefined || value === "") return "";
  const one = (held: unknown): string => {
    const text = textOf(held);
    if (field.names !== null) return nameOf(field.names, text);
    return field.values === null ? text : wordOf(text);
  };
  switch (field.kind) {
    case "switch":
      return value === true ? "是" : "否";
    case "moment":
      return dayjs(textOf(value)).format("YYYY-MM-DD HH:mm");
    case "choices":
    case "texts":
      return (Array.isArray(value) ? value : [value]).map(one).join("、");
    case "numbers":
      return Object.entries(value as Row)
        .map(([key, number]) => `${one(key)} ${String(number)}`)
        .join("、");
    case "rows":
      return (value as Row[])
        .map((row) => field.fields.map((inner) => shown(inner, row[inner.name], nameOf)).filter(Boolean).join(" "))
        .join("；");
    default:
      return one(value);
  }
}

/** An entry as people call it: 市水利局（SLJ）. */
export function titleOf(kind: string, fields: readonly Field[], row: Row, nameOf: NameOf): string {
  const own = namedBy(kind)
    .map((name) => fields.find((field) => field.name === name))
    .map((field) => (field === undefined ? "" : shown(field, row[field.name], nameOf)))
    .filter(Boolean)
    .join(" ");
  const name = ["title", "label", "l2", "name"].map((key) => textOf(row[key])).find((text) => text !== "");
  return name === undefined || name === own ? own : `${name}（${own}）`;
}

/** A plain value as text. */
export function textOf(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}
