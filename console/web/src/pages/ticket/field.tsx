import { Button, Checkbox, DatePicker, Form, Grid, Input, Radio, Select, Space } from "antd";
import dayjs, { type Dayjs } from "dayjs";

import { namedList } from "../../forms/named-list";
import { UnitSelect } from "../../tickets/unit-select";
import type { Field } from "../../tickets/forms";
import { useCategories, useRegions } from "../../tickets/queries";

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

function Control(props: Props) {
  const { field, id, value, error, onChange } = props;
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
      return <TimeInput {...props} told={told} text={text} />;
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

interface TimeProps extends Props {
  told: { id: string };
  text: string;
}

/** A time; a phone has a better calendar of its own. A new due time is proposed, too. */
function TimeInput({ field, from, told, text, onChange }: TimeProps) {
  const isWide = Grid.useBreakpoint().sm ?? true;
  const due = dayjs(from ?? undefined);
  const give = (time: Dayjs | null) => onChange(time === null ? "" : time.second(0).millisecond(0).format());
  return (
    <Space orientation="vertical" className="command-form-time">
      {isWide ? (
        <DatePicker
          {...told}
          showTime={{ format: "HH:mm" }}
          format="YYYY-MM-DD HH:mm"
          value={text === "" ? null : dayjs(text)}
          onChange={give}
        />
      ) : (
        <Input
          {...told}
          type="datetime-local"
          value={text === "" ? "" : dayjs(text).format("YYYY-MM-DDTHH:mm")}
          onChange={(event) => give(event.target.value === "" ? null : dayjs(event.target.value))}
        />
      )}
      {field.name === "new_due" && (
        <Space wrap size={4}>
          {[1, 2, 3, 6].map((days) => (
            <Button key={days} size="small" onClick={() => onChange(due.add(days, "day").format("YYYY-MM-DDTHH:mm:ss.SSSZ"))}>
              延 {days} 天
            </Button>
          ))}
        </Space>
      )}
    </Space>
  );
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
