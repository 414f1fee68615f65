import { useEffect, useRef } from "react";

/** What happens at a key, by its name: "F2", "Ctrl+Enter", "Alt+C". */
export type Keys = Readonly<Record<string, (() => void) | undefined>>;

/**
 * Keys of the whole page, wherever the focus is. The browser's own meaning of a key is suppressed
 * while it has one here; keys of an input method are left alone.
 */
export function useKeys(keys: Keys): void {
  const latest = useRef(keys);
  useEffect(() => {
    latest.current = keys;
  });
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.isComposing) return;
      const act = latest.current[nameOf(event)];
      if (act === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      if (!event.repeat) act();
    };
    window.addEventListener("keydown", pressed, true);
    return () => window.removeEventListener("keydown", pressed, true);
  }, []);
}

export function nameOf(event: KeyboardEvent): string {
  const held = [event.ctrlKey && "Ctrl", event.altKey && "Alt", event.metaKey && "Meta"];
  // With Alt some layouts type another character: the key itself counts.
  const key = /^Key[A-Z]$/.test(event.code) ? event.code.slice(3) : event.key;
  const isPlain = !event.ctrlKey && !event.altKey && !event.metaKey;
  return [...held.filter(Boolean), isPlain ? event.key : key].join("+");
}
