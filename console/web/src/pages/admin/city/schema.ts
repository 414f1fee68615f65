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
  maxLength?: number;
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
  /** What stands there unless something else is chosen. */
  initial: unknown;
  /** Values of a choice, or keys of numbers. */
  values: readonly string[] | null;
  /** Codes of this kind are chosen. */
  names: string | null;
  maxLength: number | undefined;
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
    return {
      name,
      title: (outer.anyOf === undefined ? outer.title : (inner.title ?? outer.title)) ?? name,
      help: helpOf(outer.description ?? inner.description ?? null, inner.enum),
      kind: kindOf(inner, items),
      isRequired: schema.required?.includes(name) ?? false,
      initial: outer.default ?? undefined,
      values: inner.enum ?? items?.enum ?? inner.propertyNames?.enum ?? null,
      names: outer.names ?? inner.names ?? null,
      maxLength: inner.maxLength,
      fields: items === null ? [] : objectFields(items, known),
    };
  });
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
