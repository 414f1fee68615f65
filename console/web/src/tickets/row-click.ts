import type { MouseEvent } from "react";

/** What in a row has its own meaning for a click. */
const OWN = "a, button, input, label, [role=button]";

/**
 * Whether a click in a row opens what the row stands for: not one on something that has a meaning
 * of its own, nor the end of a selection of text.
 */
export function opensRow(event: MouseEvent<HTMLElement>): boolean {
  if (event.target instanceof Element && event.target.closest(OWN) !== null) return false;
  const selection = window.getSelection();
  return selection === null || selection.isCollapsed || !selection.containsNode(event.currentTarget, true);
}
