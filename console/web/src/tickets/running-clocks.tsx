import type { components } from "../api/schema";
import { useSituation } from "./queries";
import { TimeLeft } from "./time-left";
import { DEADLINES, KINDS } from "./words";

type Situation = components["schemas"]["Situation"];

/** What waits on a ticket, each with the time that is left. */
export function Waiting({ told, readAt }: { told: Situation; readAt: number }) {
  return told.tasks.map((task) => (
    <TimeLeft
      key={`${task.queue}-${task.owner ?? ""}`}
      name={`${KINDS[task.kind]}${DEADLINES[task.deadline] === KINDS[task.kind] ? "" : `（${DEADLINES[task.deadline]}时限）`}`}
      left={task.left_s}
      readAt={readAt}
      isPaused={told.is_paused && task.queue === "unit"}
    />
  ));
}

/** The clocks of a ticket, for places that have nothing else of it. */
export function RunningClocks({ ticketNo }: { ticketNo: string }) {
  const situation = useSituation(ticketNo);
  return situation.data ? <Waiting told={situation.data} readAt={situation.dataUpdatedAt} /> : null;
}
