import { useEffect, useState } from "react";

/** The time, told anew every second. */
export function useNow(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = window.setInterval(() => setNow(Date.now()), 1_000);
    return () => window.clearInterval(timer);
  }, []);
  return now;
}

/** Whether an instant of the server's is still to come. */
export function useIsAhead(instant: string | null): boolean {
  const [passed, setPassed] = useState<string | null>(null);
  useEffect(() => {
    if (instant === null) return;
    const timer = window.setTimeout(() => setPassed(instant), Math.max(0, Date.parse(instant) - Date.now()));
    return () => window.clearTimeout(timer);
  }, [instant]);
  return instant !== null && instant !== passed;
}

/** Seconds since an instant of the server's. */
export function secondsSince(instant: string, now: number): number {
  return (now - Date.parse(instant)) / 1000;
}
