import { Segmented, Select } from "antd";

import { useCategories, useUnits } from "../../forms/lookups";
import type { EntryQuery } from "../../knowledge/entries";

export const VIEWS = {
  current: { label: "全部", query: {} },
  waiting: { label: "待审核", query: { state: "proposed" } },
  review: { label: "待复核", query: { standing: "review_due" } },
  expired: { label: "已过期", query: { standing: "expired" } },
  rejected: { label: "未通过", query: { state: "rejected" } },
  retired: { label: "已停用", query: { state: "retired" } },
} as const satisfies Record<string, { label: string; query: EntryQuery }>;
export type View = keyof typeof VIEWS;

export interface Chosen {
  view: View;
  unit?: string;
  category?: string;
}

interface Props {
  chosen: Chosen;
  onChoose: (chosen: Chosen) => void;
  /** Whether there are proposals that the user may see. */
  keeps: boolean;
}

/** Which entries are listed. */
export function Filters({ chosen, onChoose, keeps }: Props) {
  const units = useUnits();
  const categories = useCategories();
  const views = (Object.keys(VIEWS) as View[]).filter((view) => keeps || !["waiting", "rejected"].includes(view));
  return (
    <>
      <Segmented<View>
        block
        size="small"
        aria-label="条目范围"
        value={chosen.view}
        onChange={(view) => onChoose({ ...chosen, view })}
        options={views.map((value) => ({ value, label: VIEWS[value].label }))}
      />
      <div className="knowledge-selects">
        <Select
          allowClear
          showSearch={{ optionFilterProp: "label" }}
          aria-label="责任单位"
          placeholder="责任单位"
          value={chosen.unit}
          onChange={(unit?: string) => onChoose({ ...chosen, unit })}
          options={units}
        />
        <Select
          allowClear
          showSearch={{ optionFilterProp: "label" }}
          aria-label="诉求分类"
          placeholder="诉求分类"
          value={chosen.category}
          onChange={(category?: string) => onChoose({ ...chosen, category })}
          options={categories}
        />
      </div>
    </>
  );
}
