import { type ReactNode, useCallback, useRef, useState } from "react";
import { useLocation } from "react-router";

import { DoneContext } from "./done";
import "./done-line.css";

/** Milliseconds that it can be read. */
const STAYS = 7000;
/** Where people work on tickets one after the other. */
const WORK = /^\/(inbox|tickets)(\/|$)/;

/** 已办理: what was done with a ticket is said while the next page opens already. */
export function DoneLine({ children }: { children: ReactNode }) {
  const [text, setText] = useState("");
  const timer = useRef<number>(undefined);
  const isWork = WORK.test(useLocation().pathname);
  const tell = useCallback((done: string) => {
    window.clearTimeout(timer.current);
    timer.current = window.setTimeout(() => setText(""), STAYS);
    setText(done);
  }, []);
  return (
    <DoneContext value={tell}>
      {children}
      {isWork && (
        // There before the words are: what comes into it is read out.
        <div role="status" className="done-line">
          {text}
        </div>
      )}
    </DoneContext>
  );
}
