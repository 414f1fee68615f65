import { useEffect, useRef } from "react";

import { usePersonalSettings } from "../session/personal-settings";
import { type Keys, nameOf } from "./use-keys";

/**
 * Keys without Ctrl or Alt that act on the page: letters, digits, Enter. They are the text box's
 * own while the focus is in one, and a dialogue's while one is open. Letters and digits do nothing for
 * whoever has switched them off (我的账号); gives whether they act, for what tells of them.
 */
export function usePlainKeys(keys: Keys): boolean {
  const { settings } = usePersonalSettings();
  const areOn = settings?.shortcuts ?? true;
  const latest = useRef({ keys, areOn });
  useEffect(() => {
    latest.current = { keys, areOn };
  });
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.isComposing || event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
      if (isTyping(event.target) || document.querySelector('[aria-modal="true"]') !== null) return;
      const name = nameOf(event);
      const { keys, areOn } = latest.current;
      const isSingle = name.length === 1;
      if (isSingle && !areOn) return;
      const act = keys[isSingle ? name.toLowerCase() : name];
      if (act === undefined || (name === "Enter" && isButton(event.target))) return;
      event.preventDefault();
      act();
    };
    window.addEventListener("keydown", pressed);
    return () => window.removeEventListener("keydown", pressed);
  }, []);
  return areOn;
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || target.closest("input:not([type=checkbox],[type=radio]), textarea, select, [role=combobox]") !== null;
}

function isButton(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest("button, a[href], [role=button]") !== null;
}
