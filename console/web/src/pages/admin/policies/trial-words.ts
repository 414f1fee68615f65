import dayjs from "dayjs";

import type { State } from "../../../words";
import { TICKET_STATES } from "../../../words";
import { CLOSE_RESULTS, COMMANDS } from "../../../tickets/words";
import { clockOf, timerOf } from "./words";

/** What a ticket came to under one of the rules (ticketing/trial.py). */
interface Outcome {
  state: State;
  close_result: string | null;
  due: Record<string, string | null>;
  missed: { timer: string; due_at: string }[];
}

/** A ticket that would have gone another way; null: it would not be there. */
export interface ChangedTicket {
  ticket_no: string;
  before: Outcome | null;
  after: Outcome | null;
}

/** What somebody did and could not have done. */
export interface RefusedDeed {
  ticket_no: string;
  at: string;
  command: string;
  message: string;
}

/** In what a ticket would have gone another way, in words. */
export function differences({ before, after }: ChangedTicket): string[] {
  if (before === null || after === null) return [after === null ? "不会产生" : "会另外产生"];
  const from = <T>(name: string, was: T, would: T, words: (value: T) => string) =>
    was === would ? [] : [`${name}：${words(was)} → ${words(would)}`];
  const clocks = [...new Set([...Object.keys(before.due), ...Object.keys(after.due)])];
  const missed = (one: Outcome) => new Set(one.missed.map(({ timer }) => timer));
  const [was, would] = [missed(before), missed(after)];
  return [
    ...from("状态", before.state, after.state, (state) => TICKET_STATES[state]),
    ...from("结果", before.close_result, after.close_result, (code) =>
      code === null ? "无" : (CLOSE_RESULTS[code] ?? code),
    ),
    ...clocks.flatMap((clock) => from(`${clockOf(clock)}时限`, before.due[clock] ?? null, after.due[clock] ?? null, time)),
    ...[...would].filter((timer) => !was.has(timer)).map((timer) => `${timerOf(timer)}会超时`),
    ...[...was].filter((timer) => !would.has(timer)).map((timer) => `${timerOf(timer)}不再超时`),
  ];
}

export function deedWords({ at, command, message }: RefusedDeed): string {
  return `${time(at)} ${COMMANDS[command] ?? command}：${message}`;
}

function time(at: string | null): string {
  return at === null ? "无" : dayjs(at).format("MM-DD HH:mm");
}
