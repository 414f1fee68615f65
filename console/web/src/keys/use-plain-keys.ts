import { useEffect, useRef } from "react";

import { type Keys, nameOf } from "./use-keys";

/**
 * Keys without Ctrl or Alt that act on the page: letters, digits, Enter. They are the text box's
 * own while the focus is in one, and a dialogue's while one is open.
 */
export function usePlainKeys(keys: Keys): void {
  const latest = useRef(keys);
  useEffect(() => {
    latest.current = keys;
  });
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.isComposing || event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
      if (isTyping(event.target) || document.querySelector('[aria-modal="true"]') !== null) return;
      const name = nameOf(event);
      const act = latest.current[name.length === 1 ? name.toLowerCase() : name];
      if (act === undefined || (name === "Enter" && isButton(event.target))) return;
      event.preventDefault();
      act();
    };
    window.addEventListener("keydown", pressed);
    return () => window.removeEventListener("keydown", pressed);
  }, []);
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || target.closest("input:not([type=checkbox],[type=radio]), textarea, select, [role=combobox]") !== null;
}

function isButton(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest("button, a[href], [role=button]") !== null;
}
