/** The part of JSON Schema that forms of the city's data are declared with. */
interface Schema {
  type?: string;
  title?: string;
  description?: string;
  format?: string;
  enum?: string[];
  /** Values are codes of this kind. */
  names?: string;
  anyOf?: Schema[];
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  propertyNames?: { enum?: string[] };
  patternProperties?: Record<string, Schema>;
  pattern?: string;
  /** How a value of the pattern is written, in words. */
  wanted?: string;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  minimum?: number;
  maximum?: number;
  default?: unknown;
  $ref?: string;
  $defs?: Record<string, Schema>;
}

type Kind =
  | "text"
  | "long"
  | "number"
  | "switch"
  | "date"
  | "moment"
  | "choice"
  | "choices"
  | "texts"
  | "rows"
  | "numbers";

/** One field of an entry, as a form shows it. */
export interface Field {
  name: string;
  title: string;
  help: string | null;
  kind: Kind;
  isRequired: boolean;
  /** It is sent even where it is empty. */
  isKept: boolean;
  /** What stands there unless something else is chosen. */
  initial: unknown;
  /** Values of a choice, or keys of numbers. */
  values: readonly string[] | null;
  /** Codes of this kind are chosen. */
  names: string | null;
  pattern: { test: RegExp; wanted: string } | null;
  minLength: number;
  maxLength: number | undefined;
  /** Of a list. */
  minItems: number;
  minimum: number | undefined;
  maximum: number | undefined;
  /** Of each row. */
  fields: readonly Field[];
}

export type Row = Record<string, unknown>;

/** Texts longer than that have a box of several lines. */
const ONE_LINE = 60;

/** The fields of an entry; from when to when it is in use comes last. */
export function fieldsOf(form: unknown): Field[] {
  const root = form as Schema;
  const fields = objectFields(root, root.$defs ?? {});
  const isPeriod = ({ name }: Field) => name.startsWith("valid_");
  return [...fields.filter((one) => !isPeriod(one)), ...fields.filter(isPeriod)];
}

function objectFields(schema: Schema, known: Record<string, Schema>): Field[] {
  return Object.entries(schema.properties ?? {}).map(([name, outer]) => {
    const inner = plain(outer, known);
    const items = inner.items === undefined ? null : plain(inner.items, known);
    const kind = kindOf(inner, items);
    const isKept = schema.required?.includes(name) ?? false;
    const empty = isKept ? emptyOf(inner, kind) : undefined;
    return {
      name,
      title: (outer.anyOf === undefined ? outer.title : (inner.title ?? outer.title)) ?? name,
      help: helpOf(outer.description ?? inner.description ?? null, inner.enum),
      kind,
      isRequired: isKept && empty === undefined,
      isKept,
      initial: outer.default ?? empty,
      values: inner.enum ?? items?.enum ?? inner.propertyNames?.enum ?? null,
      names: outer.names ?? inner.names ?? null,
      pattern: inner.pattern === undefined ? null : { test: new RegExp(inner.pattern, "u"), wanted: inner.wanted ?? "" },
      minLength: inner.minLength ?? 0,
      maxLength: inner.maxLength,
      minItems: inner.minItems ?? 0,
      minimum: inner.minimum,
      maximum: inner.maximum,
      fields: items === null ? [] : objectFields(items, known),
    };
  });
}

/** Nothing, where that is a value of the field: no text, no entries. */
function emptyOf(schema: Schema, kind: Kind): unknown {
  if (kind === "numbers") return {};
  if (["rows", "texts", "choices"].includes(kind)) return schema.minItems === undefined ? [] : undefined;
  const isText = schema.type === "string" && schema.enum === undefined;
  if (!isText || (schema.minLength ?? 0) > 0) return undefined;
  return schema.pattern !== undefined && new RegExp(schema.pattern, "u").test("") ? "" : undefined;
}

/** People choose by words: what the codes mean is not told once more. */
function helpOf(text: string | null, values: readonly string[] | undefined): string | null {
  return values?.[0] !== undefined && text?.includes(values[0]) ? null : text;
}

/** The schema itself: behind a reference, or the one of several that people choose from. */
function plain(schema: Schema, known: Record<string, Schema>): Schema {
  if (schema.$ref !== undefined) return known[schema.$ref.replace("#/$defs/", "")] ?? {};
  const filled = schema.anyOf?.filter(({ type }) => type !== "null");
  return filled === undefined ? schema : (filled.find(({ type }) => type === "array") ?? filled[0] ?? {});
}

function kindOf(schema: Schema, items: Schema | null): Kind {
  if (items !== null) return items.properties ? "rows" : items.enum ? "choices" : "texts";
  if (schema.type === "object") return "numbers";
  if (schema.type === "boolean") return "switch";
  if (schema.type === "integer" || schema.type === "number") return "number";
  if (schema.enum !== undefined) return "choice";
  if (schema.format === "date") return "date";
  if (schema.format === "date-time") return "moment";
  return (schema.maxLength ?? 0) > ONE_LINE ? "long" : "text";
}
