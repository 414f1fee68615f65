import { api, got } from "../../api/client";
import { ApiError } from "../../api/errors";
import type { TicketView } from "../../api/tickets";
import { command, isDraftOf, read } from "./filing";

export type Concern = "statement" | "urge";

interface Statement {
  /** The earlier ticket. */
  no: string;
  callId: string;
  concern: Concern;
  /** What the caller says; of one who only urges it may be empty. */
  content: string;
  /** The call's tickets. */
  tickets: readonly string[];
}

/** Files what a caller says on an earlier ticket of his, and with it the call. Raises ApiError. */
export async function fileStatement({ no, callId, concern, content, tickets }: Statement): Promise<void> {
  const linked = got(
    await api.POST("/api/tickets/{ticket_no}/calls", {
      params: { path: { ticket_no: no } },
      body: { call_id: callId, relation: concern },
    }),
  ) as TicketView;
  // Agents urge by a statement (art. 18: dispatchers urge units); both are told of it.
  const said = concern === "statement" ? content : ["来电催办", content].filter(Boolean).join("：");
  await command(linked, "add_statement", { content: said });
  await noteOnDraft(callId, tickets, `来电为工单${no}的${concern === "urge" ? "催办" : "补充"}，内容已记入该工单`);
}

/** Whoever finds the call's draft among the messages sees why there is nothing in it. */
async function noteOnDraft(callId: string, tickets: readonly string[], comment: string): Promise<void> {
  try {
    const known = await Promise.all(tickets.map(read));
    const draft = known.find((one) => isDraftOf(callId, one));
    if (draft !== undefined) await command(draft, "add_note", { comment });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error; // the statement stands
  }
}
