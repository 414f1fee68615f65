import type { ReactElement } from "react";

/** `popupRender` of a Select whose list of options readers of the screen know by this name. */
export function namedList(name: string): (list: ReactElement) => ReactElement {
  const label = (node: HTMLDivElement | null) =>
    node?.querySelector('[role="listbox"]')?.setAttribute("aria-label", name);
  return (list) => <div ref={label}>{list}</div>;
}
