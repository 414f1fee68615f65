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
  town: "乡镇",
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

/** A value in a table or a comparison; `nameOf` gives names of codes. */
export function shown(field: Field, value: unknown, nameOf: (kind: string, code: string) => string): string {
  if (value === null || value === undefined || value === "") return "";
  switch (field.kind) {
    case "switch":
      return value === true ? "是" : "否";
    case "moment":
      return dayjs(textOf(value)).format("YYYY-MM-DD HH:mm");
    case "choices":
    case "texts":
      return (Array.isArray(value) ? value : [value]).map((one) => wordOf(textOf(one))).join("、");
    case "numbers":
      return Object.entries(value as Row)
        .map(([key, number]) => `${field.names === null ? wordOf(key) : nameOf(field.names, key)} ${String(number)}`)
        .join("、");
    case "rows":
      return (value as Row[])
        .map((row) => field.fields.map((one) => shown(one, row[one.name], nameOf)).filter(Boolean).join(" "))
        .join("；");
    default:
      return field.names === null ? wordOf(textOf(value)) : nameOf(field.names, textOf(value));
  }
}

/** A plain value as text. */
export function textOf(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}
