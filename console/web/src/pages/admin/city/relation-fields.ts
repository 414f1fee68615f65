import type { Field, Row } from "./schema";

/** 单位关系: what an entry names depends on the relation: a region, a unit, or words for a unit. */
export function fieldFor(kind: string, field: Field, row: Row): Field {
  if (kind !== "relations") return field;
  if (field.name === "code") {
    const isRegion = row.table === "territories";
    return { ...field, title: isRegion ? "区划" : "单位", help: null, names: isRegion ? "regions" : "units" };
  }
  if (field.name !== "value") return field;
  return row.table === "aliases"
    ? { ...field, title: "俗称", help: "群众怎么称呼，可填多个", names: null, isRequired: true }
    : { ...field, title: row.table === "superiors" ? "上级单位" : "属地单位", help: null, kind: "text", names: "units", isRequired: true };
}

export function fieldsFor(kind: string, fields: readonly Field[], row: Row): Field[] {
  return fields.map((field) => fieldFor(kind, field, row));
}

/** What another relation leaves nothing of. */
export function emptiedBy(kind: string, name: string): Row {
  return kind === "relations" && name === "table" ? { code: "", value: null } : {};
}
