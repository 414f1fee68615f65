import { type Fault, faultAt } from "./menu-faults";
import { MenuAction } from "./menu-action";
import type { Known } from "./menu-known";
import { type Deed, type Keys, KEYPAD, withKey } from "./menu-model";

interface Props {
  label: string;
  /** Where they stand in the menus. */
  place: readonly string[];
  value: Keys;
  onChange: (keys: Keys) => void;
  known: Known;
  nodes: readonly string[];
  deeds: readonly Deed[];
  faults: readonly Fault[];
}

/** Every key of the telephone with what it does. */
export function MenuKeys({ label, place, value, onChange, known, nodes, deeds, faults }: Props) {
  const others = Object.keys(value).filter((key) => !KEYPAD.includes(key));
  return (
    <div role="group" aria-label={label} className="menu-keys">
      {[...KEYPAD, ...others].map((key) => (
        <div key={key} className="menu-key">
          <kbd>{key}</kbd>
          <MenuAction
            id={`${place.join("-")}-${key}`}
            label={`按键 ${key}`}
            isKey
            value={value[key]}
            onChange={(action) => onChange(withKey(value, key, action))}
            known={known}
            nodes={nodes}
            deeds={deeds}
            fault={faultAt(faults, ...place, key)}
          />
        </div>
      ))}
      {!others.includes("9") && (
        <div className="menu-key">
          <kbd>9</kbd>
          <span className="menu-fixed">紧急求助，任何时候都有效，不能改</span>
        </div>
      )}
    </div>
  );
}
