import { createContext, useContext } from "react";

/** Says what was done, whatever page follows. */
export const DoneContext = createContext<(text: string) => void>(() => undefined);

export function useDone(): (text: string) => void {
  return useContext(DoneContext);
}
