import { Form, Select } from "antd";

import { namedList } from "../../../../forms/named-list";
import { type Fault, faultAt } from "./menu-faults";
import { type Menus, MODES } from "./menu-model";
import { MODE_WORDS } from "./menu-words";

interface Props {
  menus: Menus;
  onChange: (menus: Menus) => void;
  faults: readonly Fault[];
}

/** 入口: with which menu a call begins, in either mode of the line. */
export function MenuEntries({ menus, onChange, faults }: Props) {
  return (
    <section aria-label="入口">
      {MODES.map((mode) => {
        const fault = faultAt(faults, "modes", mode);
        return (
          <Form.Item
            key={mode}
            label={`${MODE_WORDS[mode]}的来电，先到`}
            htmlFor={`menu-mode-${mode}`}
            help={fault}
            validateStatus={fault && "error"}
          >
            <Select
              id={`menu-mode-${mode}`}
              aria-label={`${MODE_WORDS[mode]}的入口`}
              popupRender={namedList(`${MODE_WORDS[mode]}的入口`)}
              showSearch={{ optionFilterProp: "label" }}
              placeholder="请选择菜单"
              value={menus.modes[mode]}
              onChange={(name: string) => onChange({ ...menus, modes: { ...menus.modes, [mode]: name } })}
              options={Object.keys(menus.nodes).map((name) => ({ value: name, label: `菜单 ${name}` }))}
            />
          </Form.Item>
        );
      })}
    </section>
  );
}
