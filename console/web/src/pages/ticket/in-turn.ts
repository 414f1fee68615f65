/** Milliseconds: no lost request keeps those behind it waiting for longer. */
const PATIENCE = 10_000;

let last: Promise<unknown> = Promise.resolve();

/**
 * Requests about who works on what go one after the other: a release is not overtaken by what is
 * taken next, nor does it end what was taken again meanwhile. `request` is given up with its signal.
 */
export function inTurn<T>(request: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const mine = last.then(() => request(AbortSignal.timeout(PATIENCE)));
  last = mine.catch(() => undefined);
  return mine;
}
