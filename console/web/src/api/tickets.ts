import type { components, operations } from "./schema";

type Shown = operations["tickets.show"]["responses"][200]["content"]["application/json"];

/** A ticket as far as one may see it; these three everybody sees who may know of it. */
export type TicketView = Shown & {
  ticket_no: string;
  version: number;
  state: components["schemas"]["State"];
};

/** What a command is given. */
export type CommandData = Partial<components["schemas"]["CommandData"]>;
