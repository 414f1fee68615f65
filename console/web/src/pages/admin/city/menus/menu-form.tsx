import { Button, Form, Input, Radio, Space } from "antd";
import { useState } from "react";

import { MenuEntries } from "./menu-entries";
import { type Fault, faultAt } from "./menu-faults";
import type { Known } from "./menu-known";
import { type Menus, withNode } from "./menu-model";
import { MenuNodeForm } from "./menu-node";
import { MenuWaiting } from "./menu-waiting";
import { WAITING } from "./menu-words";

/** A part of the menus that the form shows: the beginning of its path. */
export type Part = readonly string[];

interface Props {
  menus: Menus;
  onChange: (menus: Menus) => void;
  known: Known;
  faults: readonly Fault[];
  mayEdit: boolean;
  part: Part;
  onPart: (part: Part) => void;
}

const LONGEST = 40;
const FIRST_GROUP = "citizen";

/** The menus by form, one part at a time. */
export function MenuForm({ menus, onChange, known, faults, mayEdit, part, onPart }: Props) {
  const shown = partOf(part, menus);
  const [kind, name = ""] = shown;
  const node = kind === "nodes" ? menus.nodes[name] : undefined;
  const parts: readonly (readonly [string, Part])[] = [
    ["入口", ["modes"]],
    ...Object.keys(menus.nodes).map((one) => [`菜单 ${one}`, ["nodes", one]] as const),
    [WAITING, ["waiting"]],
  ];
  const add = (fresh: string) => {
    const groups = known.groups.map((one) => one.value);
    const queue = groups.includes(FIRST_GROUP) ? FIRST_GROUP : (groups[0] ?? "");
    onChange(withNode(menus, fresh, { say: [], keys: {}, silence: { queue } }));
    onPart(["nodes", fresh]);
  };
  return (
    <div className="menu-form">
      <div className="menu-parts">
        <Radio.Group
          aria-label="修改哪一部分"
          optionType="button"
          buttonStyle="solid"
          value={shown.join("\n")}
          onChange={({ target }) => onPart(String(target.value).split("\n"))}
          options={parts.map(([label, one]) => ({
            value: one.join("\n"),
            label: faultAt(faults, ...one) === undefined ? label : `${label}（有误）`,
          }))}
        />
        {mayEdit && <NewMenu taken={Object.keys(menus.nodes)} onAdd={add} />}
      </div>
      <Form layout="vertical" component={false} disabled={!mayEdit}>
        {kind === "modes" && <MenuEntries menus={menus} onChange={onChange} faults={faults} />}
        {kind === "waiting" && <MenuWaiting menus={menus} onChange={onChange} known={known} faults={faults} />}
        {node !== undefined && (
          <MenuNodeForm
            key={name}
            name={name}
            node={node}
            menus={menus}
            onChange={onChange}
            known={known}
            faults={faults}
            mayEdit={mayEdit}
          />
        )}
      </Form>
    </div>
  );
}

/** The part that is there: a menu may be gone. */
function partOf(part: Part, menus: Menus): Part {
  const [kind, name] = part;
  if (kind === "modes" || kind === "waiting") return [kind];
  if (name !== undefined && name in menus.nodes) return ["nodes", name];
  const first = menus.modes.menu;
  return first !== undefined && first in menus.nodes ? ["nodes", first] : ["modes"];
}

function NewMenu({ taken, onAdd }: { taken: readonly string[]; onAdd: (name: string) => void }) {
  const [typed, setTyped] = useState("");
  const name = typed.trim();
  const isTaken = taken.includes(name);
  const add = () => {
    if (name === "" || isTaken) return;
    onAdd(name);
    setTyped("");
  };
  return (
    <Space.Compact>
      <Input
        aria-label="新菜单的名称"
        placeholder="新菜单的名称"
        maxLength={LONGEST}
        status={isTaken ? "error" : ""}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        onPressEnter={add}
      />
      <Button disabled={name === "" || isTaken} onClick={add}>
        {isTaken ? "已有此菜单" : "新增菜单"}
      </Button>
    </Space.Compact>
  );
}
