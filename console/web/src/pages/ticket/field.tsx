import { Checkbox, DatePicker, Form, Input, Radio, Select } from "antd";
import dayjs from "dayjs";
import { useEffect, useState } from "react";

import { api, got } from "../../api/client";
import { namedList } from "../../forms/named-list";
import type { Field } from "../../tickets/forms";
import { useCategories, useRegions, useUnits } from "../../tickets/queries";

interface Props {
  field: Field;
  id: string;
  value: unknown;
  error: string | null;
  /** The due time that a new one is counted from. */
  from?: string | null;
  onChange: (value: unknown) => void;
}

/** More choices than that are picked from a list. */
const SIDE_BY_SIDE = 5;

const WIDE: ReadonlySet<string> = new Set(["text", "choices", "units"]);

/** One field of a command's form. */
export function FormField(props: Props) {
  const { field, id, error } = props;
  return (
    <Form.Item
      className={WIDE.has(field.input.kind) ? "command-form-wide" : undefined}
      label={field.label}
      htmlFor={id}
      required={field.required}
      validateStatus={error === null ? undefined : "error"}
      help={error === null ? undefined : <span id={`${id}-error`}>{error}</span>}
    >
      <Control {...props} />
    </Form.Item>
  );
}

function Control({ field, id, value, error, from, onChange }: Props) {
  const { input, label } = field;
  const told = {
    id,
    "aria-invalid": error !== null,
    "aria-describedby": error === null ? undefined : `${id}-error`,
  };
  const text = typeof value === "string" ? value : "";
  switch (input.kind) {
    case "line":
      return <Input {...told} value={text} maxLength={200} onChange={(event) => onChange(event.target.value)} />;
    case "ticket":
      return (
        <Input
          {...told}
          value={text}
          placeholder="如 SQ261001000001"
          maxLength={40}
          onChange={(event) => onChange(event.target.value.trim().toUpperCase())}
        />
      );
    case "text":
      return (
        <Input.TextArea
          {...told}
          value={text}
          autoSize={{ minRows: 2, maxRows: 8 }}
          maxLength={20_000}
          onChange={(event) => onChange(event.target.value)}
        />
      );
    case "time":
      return (
        <DatePicker
          {...told}
          showTime={{ format: "HH:mm" }}
          format="YYYY-MM-DD HH:mm"
          presets={field.name === "new_due" ? longer(from) : undefined}
          value={text === "" ? null : dayjs(text)}
          onChange={(time) => onChange(time === null ? "" : time.second(0).millisecond(0).format())}
        />
      );
    case "flag":
      return (
        <Checkbox id={id} checked={value === true} onChange={(event) => onChange(event.target.checked || null)}>
          是
        </Checkbox>
      );
    case "yesno":
      return (
        <Radio.Group
          id={id}
          aria-label={label}
          value={value}
          options={[
            { value: true, label: "是" },
            { value: false, label: "否" },
          ]}
          onChange={(event) => onChange(event.target.value)}
        />
      );
    case "choices":
      return (
        <Checkbox.Group
          aria-label={label}
          value={Array.isArray(value) ? (value as string[]) : []}
          options={options(input.of)}
          onChange={onChange}
        />
      );
    case "choice":
      return Object.keys(input.of).length <= SIDE_BY_SIDE ? (
        <Radio.Group
          id={id}
          aria-label={label}
          value={value}
          options={options(input.of)}
          onChange={(event) => onChange(event.target.value)}
        />
      ) : (
        <Listed id={id} label={label} value={value} names={input.of} onChange={onChange} />
      );
    case "unit":
    case "units":
      return <UnitSelect id={id} label={label} value={value} many={input.kind === "units"} onChange={onChange} />;
    case "region":
      return <RegionSelect id={id} label={label} value={value} onChange={onChange} />;
    case "category":
      return <CategorySelect id={id} label={label} value={value} onChange={onChange} />;
  }
}

interface SelectProps {
  id: string;
  label: string;
  value: unknown;
  onChange: (value: unknown) => void;
}

function Listed({ names, ...rest }: SelectProps & { names: Record<string, string> }) {
  return <Chosen {...rest} entries={options(names)} />;
}

function RegionSelect(props: SelectProps) {
  return <Chosen {...props} entries={entries(useRegions())} />;
}

function CategorySelect(props: SelectProps) {
  return <Chosen {...props} entries={entries(useCategories())} />;
}

function Chosen({ id, label, value, onChange, entries }: SelectProps & { entries: Entry[] }) {
  return (
    <Select
      id={id}
      aria-label={label}
      popupRender={namedList(label)}
      allowClear
      showSearch={{ optionFilterProp: "label" }}
      options={entries}
      value={typeof value === "string" && value !== "" ? value : undefined}
      onChange={(chosen: string | undefined) => onChange(chosen ?? "")}
    />
  );
}

/** Units as one types: 水利, shuili, slj. */
function UnitSelect({ id, label, value, many, onChange }: SelectProps & { many: boolean }) {
  const units = useUnits();
  const [typed, setTyped] = useState("");
  const [found, setFound] = useState<Entry[] | null>(null);
  useEffect(() => {
    const q = typed.trim().slice(0, 40);
    if (q === "") return;
    let isStale = false;
    const timer = window.setTimeout(() => {
      void api.GET("/api/units", { params: { query: { q, limit: 20 } } }).then((answer) => {
        if (!isStale) setFound(got(answer).map(({ code, name }) => ({ value: code, label: name })));
      });
    }, 120);
    return () => {
      isStale = true;
      window.clearTimeout(timer);
    };
  }, [typed]);
  const listed = typed.trim() === "" || found === null ? entries(units) : found;
  // What is chosen keeps its name while another one is looked for.
  const chosen = (Array.isArray(value) ? (value as string[]) : [value])
    .filter((one): one is string => typeof one === "string" && one !== "")
    .map((code) => ({ value: code, label: units.get(code) ?? code }));
  const rest = chosen.filter((one) => !listed.some((other) => other.value === one.value));
  const common = {
    id,
    "aria-label": label,
    popupRender: namedList(label),
    allowClear: true,
    showSearch: { filterOption: false, onSearch: setTyped },
    options: typed.trim() === "" ? [...listed, ...rest] : listed,
    placeholder: "名称、拼音或首字母",
  } as const;
  return many ? (
    <Select
      {...common}
      mode="multiple"
      labelInValue
      value={chosen}
      onChange={(all: Entry[]) => onChange(all.map((one) => one.value))}
    />
  ) : (
    <Select
      {...common}
      labelInValue
      value={chosen[0] ?? null}
      onChange={(one: Entry | null | undefined) => onChange(one?.value ?? "")}
    />
  );
}

/** 延 1 天 …: proposals counted from the due time. */
function longer(from: string | null | undefined) {
  const due = dayjs(from ?? undefined);
  return [1, 2, 3, 6].map((days) => ({ label: `延 ${days} 天`, value: due.add(days, "day") }));
}

interface Entry {
  value: string;
  label: string;
}

function options(names: Record<string, string>): Entry[] {
  return Object.entries(names).map(([value, label]) => ({ value, label }));
}

function entries(names: ReadonlyMap<string, string>): Entry[] {
  return [...names].map(([value, label]) => ({ value, label }));
}
