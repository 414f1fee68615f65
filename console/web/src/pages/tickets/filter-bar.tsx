import { useQuery } from "@tanstack/react-query";
import { Button, Checkbox, DatePicker, Select, Space } from "antd";
import dayjs from "dayjs";

import { api, got } from "../../api/client";
import { namedList } from "../../forms/named-list";
import { REQUEST_TYPES, TICKET_STATES, URGENCIES } from "../../words";
import type { Filters } from "./filters";

interface Props {
  filters: Filters;
  onChange: (filters: Filters) => void;
}

/** 筛选条件: each change shows at once. */
export function FilterBar({ filters, onChange }: Props) {
  const { units, categories, regions } = useNames();
  const set = (changes: Partial<Filters>) => onChange({ ...filters, ...changes });
  const day = (text: string | undefined) => (text === undefined ? null : dayjs(text));
  return (
    <Space wrap size={[8, 8]}>
      <Select
        mode="multiple"
        allowClear
        placeholder="全部状态"
        aria-label="状态"
        popupRender={namedList("状态")}
        className="tickets-states"
        maxTagCount="responsive"
        optionFilterProp="label"
        value={filters.state}
        options={optionsOf(TICKET_STATES)}
        onChange={(state: Filters["state"]) => set({ state })}
      />
      <Choice
        label="诉求类型"
        value={filters.request_type}
        options={optionsOf(REQUEST_TYPES)}
        onChoose={(request_type) => set({ request_type } as Partial<Filters>)}
      />
      <Choice
        label="紧急程度"
        value={filters.urgency}
        options={optionsOf(URGENCIES)}
        onChoose={(urgency) => set({ urgency } as Partial<Filters>)}
      />
      <Choice
        label="承办单位"
        value={filters.unit}
        options={units}
        onChoose={(unit) => set({ unit })}
      />
      <Choice
        label="诉求分类"
        value={filters.category_l2}
        options={categories}
        onChoose={(category_l2) => set({ category_l2 })}
      />
      <Choice
        label="行政区划"
        value={filters.region_code}
        options={regions}
        onChoose={(region_code) => set({ region_code })}
      />
      <DatePicker.RangePicker
        allowEmpty={[true, true]}
        aria-label="登记日期"
        placeholder={["登记日期从", "到"]}
        className="tickets-days"
        value={[day(filters.from), day(filters.to)]}
        onChange={(days) =>
          set({ from: days?.[0]?.format("YYYY-MM-DD"), to: days?.[1]?.format("YYYY-MM-DD") })
        }
      />
      <Checkbox
        checked={filters.is_overdue === true}
        onChange={({ target }) => set({ is_overdue: target.checked || undefined })}
      >
        只看超期
      </Checkbox>
      <Button onClick={() => onChange({ state: [] })}>清空条件</Button>
    </Space>
  );
}

interface ChoiceProps {
  label: string;
  value: string | undefined;
  options: { value: string; label: string }[];
  onChoose: (value: string | undefined) => void;
}

function Choice({ label, value, options, onChoose }: ChoiceProps) {
  return (
    <Select
      allowClear
      showSearch={{ optionFilterProp: "label" }}
      placeholder={label}
      aria-label={label}
      popupRender={namedList(label)}
      className="tickets-choice"
      popupMatchSelectWidth={false}
      value={value ?? null}
      options={options}
      onChange={(chosen: string | null | undefined) => onChoose(chosen ?? undefined)}
    />
  );
}

function optionsOf(words: Record<string, string>) {
  return Object.entries(words).map(([value, label]) => ({ value, label }));
}

/** Names of the city, for filters and rows. */
export function useNames() {
  const found = useQuery({
    queryKey: ["names"],
    staleTime: 300_000,
    queryFn: async () => {
      const query = { limit: 500 };
      const [units, categories, regions] = await Promise.all([
        api.GET("/api/units", { params: { query } }),
        api.GET("/api/categories", { params: { query } }),
        api.GET("/api/regions"),
      ]);
      return {
        units: got(units).map(({ code, name }) => ({ value: code, label: name })),
        categories: got(categories).map(({ code, name, l1_name }) => ({
          value: code,
          label: `${l1_name} / ${name}`,
        })),
        regions: got(regions).map(({ code, name }) => ({ value: code, label: name })),
      };
    },
  });
  return found.data ?? { units: [], categories: [], regions: [] };
}
