import { Select } from "antd";

import { namedList } from "../../../../forms/named-list";
import type { Known } from "./menu-known";
import { type Action, type Deed, deedOf, partOfAction } from "./menu-model";
import { DEED_WORDS } from "./menu-words";
import { PromptPick } from "./prompt-pick";

interface Props {
  id: string;
  label: string;
  value: unknown;
  /** null: it does nothing. */
  onChange: (action: Action | null) => void;
  known: Known;
  /** Names of menus. */
  nodes: readonly string[];
  deeds: readonly Deed[];
  /** It may do nothing. */
  isKey: boolean;
  fault: string | undefined;
}

const NOTHING = "nothing";
const BY_WORDS = { optionFilterProp: "label" };

/** What a key or silence does: the deed, where it leads, and what is played on the way. */
export function MenuAction({ id, label, value, onChange, known, nodes, deeds, isKey, fault }: Props) {
  const deed = deedOf(value);
  const faultId = fault === undefined ? undefined : `${id}-fault`;
  const common = {
    "aria-describedby": faultId,
    "aria-invalid": faultId !== undefined,
    showSearch: BY_WORDS,
    status: faultId === undefined ? ("" as const) : ("error" as const),
  };
  const said = partOfAction(value, "say");
  const toQueue = (queue: string, say: string | null | undefined) =>
    onChange({ queue, ...(say !== null && say !== undefined && { say }) });
  const begin = (chosen: Deed | typeof NOTHING) => {
    if (chosen === NOTHING) onChange(null);
    else if (chosen === "queue") toQueue(only(known.groups.map((one) => one.value)), null);
    else if (chosen === "node") onChange({ node: only(nodes) });
    else onChange(chosen);
  };
  return (
    <>
      <Select
        {...common}
        id={id}
        aria-label={label}
        popupRender={namedList(label)}
        placeholder="请选择"
        value={deed ?? (value === undefined && isKey ? NOTHING : undefined)}
        onChange={begin}
        options={[
          ...(isKey ? [{ value: NOTHING, label: "不用" }] : []),
          ...deeds.map((one) => ({ value: one, label: DEED_WORDS[one] })),
        ]}
      />
      {deed === "queue" && (
        <>
          <Select
            {...common}
            aria-label={`${label} 技能组`}
            popupRender={namedList("技能组")}
            placeholder="请选择技能组"
            value={partOfAction(value, "queue")}
            onChange={(queue: string) => toQueue(queue, said)}
            options={[...known.groups]}
          />
          <PromptPick
            id={`${id}-say`}
            label={`${label} 转接前播放`}
            placeholder="转接前不播放"
            known={known}
            value={said}
            onChange={(say) => toQueue(partOfAction(value, "queue") ?? "", say)}
          />
        </>
      )}
      {deed === "node" && (
        <Select
          {...common}
          aria-label={`${label} 菜单`}
          popupRender={namedList("菜单")}
          placeholder="请选择菜单"
          value={partOfAction(value, "node")}
          onChange={(node: string) => onChange({ node })}
          options={nodes.map((one) => ({ value: one, label: one }))}
        />
      )}
      {fault !== undefined && (
        <span id={faultId} className="menu-fault">
          {fault}
        </span>
      )}
    </>
  );
}

/** Where there is but one, it is chosen. */
function only(names: readonly string[]): string {
  return names.length === 1 ? (names[0] ?? "") : "";
}
