import { Alert, Form } from "antd";

import type { Fault } from "./menu-faults";
import { MenuKeys } from "./menu-keys";
import type { Known } from "./menu-known";
import { DEEDS, type Menus, MODES } from "./menu-model";
import { MODE_WORDS, WAITING } from "./menu-words";

interface Props {
  menus: Menus;
  onChange: (menus: Menus) => void;
  known: Known;
  faults: readonly Fault[];
}

/** 排队时的按键: what a caller who waits for a person can choose. */
export function MenuWaiting({ menus, onChange, known, faults }: Props) {
  return (
    <section aria-label={WAITING}>
      <Alert showIcon type="info" role="note" title="提示可以预约回电之后，1 键总是预约回电；直接人工时一直如此" />
      {MODES.map((mode) => (
        <Form.Item key={mode} label={MODE_WORDS[mode]}>
          <MenuKeys
            label={`${MODE_WORDS[mode]}排队时的按键`}
            place={["waiting", mode]}
            value={menus.waiting?.[mode] ?? {}}
            onChange={(keys) => onChange({ ...menus, waiting: { ...menus.waiting, [mode]: keys } })}
            known={known}
            nodes={Object.keys(menus.nodes)}
            deeds={DEEDS}
            faults={faults}
          />
        </Form.Item>
      ))}
    </section>
  );
}
