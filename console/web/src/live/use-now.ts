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

/** Seconds since an instant of the server's. */
export function secondsSince(instant: string, now: number): number {
  return (now - Date.parse(instant)) / 1000;
}
