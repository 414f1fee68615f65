/** Milliseconds after a key or a touch during which somebody counts as being at the page. */
const PRESENT = 60_000;
let touched = Date.now();

for (const kind of ["keydown", "pointerdown", "wheel"]) {
  window.addEventListener(
    kind,
    () => {
      touched = Date.now();
    },
    { capture: true, passive: true },
  );
}

/** Whether somebody has just used the page. */
export function isAttended(): boolean {
  return Date.now() - touched < PRESENT;
}
