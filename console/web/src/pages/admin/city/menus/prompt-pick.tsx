import { Select } from "antd";

import { namedList } from "../../../../forms/named-list";
import { ListenButton } from "../listen-button";
import type { Known } from "./menu-known";

interface Props {
  id: string;
  label: string;
  value: string | null | undefined;
  /** null: none. */
  onChange: (key: string | null) => void;
  known: Known;
  placeholder: string;
  /** What is wrong with it is told by the element of this id. */
  faultId?: string | undefined;
  isFixed?: boolean;
}

/** One of the prompts that exist, with its words; listened to where one may. */
export function PromptPick({ id, label, value, onChange, known, placeholder, faultId, isFixed = false }: Props) {
  const chosen = value ?? undefined;
  // A menu has no values to fill into the words.
  const offered = known.prompts.filter(({ key, variables }) => variables.length === 0 || key === chosen);
  return (
    <div className="menu-prompt">
      <Select
        id={id}
        aria-label={label}
        aria-describedby={faultId}
        aria-invalid={faultId !== undefined}
        status={faultId === undefined ? "" : "error"}
        showSearch={{ optionFilterProp: "label" }}
        allowClear={!isFixed}
        placeholder={placeholder}
        popupMatchSelectWidth={480}
        popupRender={namedList(label)}
        value={chosen}
        onChange={(key: string | undefined) => onChange(key ?? null)}
        options={offered.map(({ key, text }) => ({ value: key, label: `${text}（${key}）` }))}
      />
      {known.mayListen && chosen !== undefined && <ListenButton key={chosen} prompt={chosen} label={label} />}
    </div>
  );
}
