import { Button, DatePicker, Input, InputNumber, Select, Space, Switch } from "antd";
import dayjs, { type Dayjs } from "dayjs";

import { type Choice } from "../../../forms/lookups";
import { namedList } from "../../../forms/named-list";
import { faultAt, type Faults, idAt } from "./entry-check";
import type { Field, Row } from "./schema";
import { textOf, wordOf } from "./words";

interface Props {
  id: string;
  /** Where it stands in the entry. */
  path: string;
  field: Field;
  value: unknown;
  onChange: (value: unknown) => void;
  choices: (kind: string) => readonly Choice[];
  faults: Faults;
  disabled?: boolean;
}

/** The box of one field, by what it holds. */
export function FieldInput(props: Props) {
  const { id, path, field, value, onChange, choices, faults, disabled = false } = props;
  const isWrong = faultAt(faults, field, path) !== undefined;
  const common = {
    id,
    disabled,
    "aria-label": field.title,
    "aria-invalid": isWrong,
    "aria-describedby": isWrong ? `${id}-fault` : undefined,
  };
  switch (field.kind) {
    case "switch":
      return <Switch {...common} checked={value === true} onChange={onChange} />;
    case "number":
      return <InputNumber {...common} value={value as number | null} onChange={onChange} />;
    case "date":
    case "moment": {
      const isDay = field.kind === "date";
      return (
        <DatePicker
          {...common}
          showTime={isDay ? false : { format: "HH:mm" }}
          format={isDay ? "YYYY-MM-DD" : "YYYY-MM-DD HH:mm"}
          placeholder={isDay ? "年-月-日" : "年-月-日 时:分"}
          value={typeof value === "string" && value !== "" ? dayjs(value) : null}
          onChange={(chosen: Dayjs | null) =>
            onChange(chosen === null ? null : isDay ? chosen.format("YYYY-MM-DD") : chosen.format())
          }
        />
      );
    }
    case "choice":
    case "choices":
    case "texts":
      return (
        <Select
          {...common}
          mode={field.kind === "choice" ? undefined : field.kind === "choices" ? "multiple" : "tags"}
          allowClear={!field.isRequired}
          popupRender={namedList(field.title)}
          value={field.kind === "texts" && typeof value === "string" ? [value] : (value ?? undefined)}
          onChange={(chosen: unknown) => onChange(chosen ?? null)}
          options={(field.values ?? []).map((one) => ({ value: one, label: wordOf(one) }))}
        />
      );
    case "numbers":
      return <Numbers {...props} />;
    case "rows":
      return <Rows {...props} />;
    case "long":
      return (
        <Input.TextArea
          {...common}
          autoSize={{ minRows: 2, maxRows: 8 }}
          maxLength={field.maxLength}
          value={textOf(value)}
          onChange={(event) => onChange(event.target.value)}
        />
      );
    case "text":
      if (field.names !== null && choices(field.names).length > 0) {
        return (
          <Select
            {...common}
            showSearch={{ optionFilterProp: "label" }}
            allowClear={!field.isRequired}
            popupRender={namedList(field.title)}
            value={value === "" ? undefined : value}
            onChange={(chosen: unknown) => onChange(chosen ?? (field.isKept ? "" : null))}
            options={[...choices(field.names)]}
          />
        );
      }
      return (
        <Input
          {...common}
          maxLength={field.maxLength}
          value={textOf(value)}
          onChange={(event) => onChange(event.target.value)}
        />
      );
  }
}

/** Numbers by key: skills with their levels, limits in hours. */
function Numbers({ id, field, value, onChange, choices, disabled = false }: Props) {
  const numbers = (value ?? {}) as Row;
  const offered =
    field.names === null
      ? (field.values ?? []).map((one) => ({ value: one, label: wordOf(one) }))
      : choices(field.names);
  const keys = [...new Set([...offered.map((one) => one.value), ...Object.keys(numbers)])];
  return (
    <Space wrap id={id}>
      {keys.map((key) => {
        const name = offered.find((one) => one.value === key)?.label ?? key;
        return (
          <Space.Compact key={key}>
            <Space.Addon>{name}</Space.Addon>
            <InputNumber
              aria-label={`${field.title} ${name}`}
              disabled={disabled}
              className="city-number"
              value={numbers[key] as number | undefined}
              placeholder="无"
              min={0}
              onChange={(number) => {
                const rest = Object.fromEntries(Object.entries(numbers).filter(([other]) => other !== key));
                onChange(number === null ? rest : { ...rest, [key]: number });
              }}
            />
          </Space.Compact>
        );
      })}
    </Space>
  );
}

/** Rows of fields, in order: duty phones, shifts. */
function Rows({ id, path, field, value, onChange, choices, faults, disabled = false }: Props) {
  const rows = (value ?? []) as Row[];
  const set = (place: number, row: Row) => onChange(rows.map((one, at) => (at === place ? row : one)));
  return (
    <div id={id} className="city-rows" role="group" aria-label={field.title}>
      {rows.map((row, place) => (
        <div key={place} className="city-row">
          {field.fields.map((one) => {
            const at = `${path}.${place}.${one.name}`;
            const fault = faultAt(faults, one, at);
            return (
              <label key={one.name} className={`city-cell city-${one.kind}`}>
                <span>{one.title}</span>
                <FieldInput
                  id={idAt(at)}
                  path={at}
                  field={one}
                  value={row[one.name]}
                  onChange={(changed) => set(place, { ...row, [one.name]: changed })}
                  choices={choices}
                  faults={faults}
                  disabled={disabled}
                />
                {fault !== undefined && (
                  <span id={`${idAt(at)}-fault`} className="city-fault">
                    {fault}
                  </span>
                )}
              </label>
            );
          })}
          {!disabled && (
            <Button
              size="small"
              danger
              aria-label={`去掉第${place + 1}项`}
              onClick={() => onChange(rows.filter((_, at) => at !== place))}
            >
              去掉
            </Button>
          )}
        </div>
      ))}
      {!disabled && (
        <Button size="small" onClick={() => onChange([...rows, {}])}>
          增加一项
        </Button>
      )}
    </div>
  );
}
