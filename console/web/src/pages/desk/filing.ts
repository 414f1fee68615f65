import { api, got } from "../../api/client";
import { ApiError } from "../../api/errors";
import type { components } from "../../api/schema";
import type { CommandData, TicketView } from "../../api/tickets";
import { AMENDABLE } from "../../tickets/forms";
import { TICKET_STATES } from "../../words";
import type { Option } from "./picker";
import { LABELS } from "./values";

/** One matter of a call; a citizen may bring several. */
export interface Matter {
  callId: string;
  /** The ticket of the call's first matter, where this is another one. */
  after: string | null;
}

/** Where what is typed about a matter is kept. */
export function draftKey({ callId, after }: Matter): string {
  return after === null ? `desk:${callId}` : `desk:${callId}:${after}`;
}

export interface Filed {
  ticketNo: string;
  queryCode: string | null;
  state: string;
  /** Why it was not dispatched at once; null: it was, or was answered. */
  left: string | null;
}

/** What a call's ticket is filed with; `unit` null: a dispatcher chooses. */
export interface Filing {
  matter: Matter;
  /** The ticket that this form made or accepted before something came between; null: none yet. */
  begun: string | null;
  /** The call's tickets. */
  tickets: readonly string[];
  data: CommandData;
  unit: Option | null;
  answerType: "direct" | "investigate";
  /** Answered in the call itself, from the knowledge base. */
  answer: { text: string; reference: string } | null;
  /** It is another matter, although the call has a ticket that says the same. */
  isAnother: boolean;
  /** Told before anything else is done with it. */
  onBegun: (ticketNo: string) => void;
}

/** 受理, then 派单 or 直接答复. Raises ApiError; what was done until then stays done. */
export async function file(filing: Filing): Promise<Filed> {
  const { matter, data, unit, answerType, answer, onBegun } = filing;
  const ticket = await subject(filing);
  onBegun(ticket.ticket_no);
  const now =
    ticket.state === "pending_acceptance"
      ? await command(ticket, "accept", { ...data, ...(answer === null ? {} : { answer_type: "direct" }) })
      : await corrected(ticket, data);
  const known = { ticketNo: now.ticket_no, queryCode: (now.query_code ?? ticket.query_code) || null };
  if (now.state !== "accepted") {
    checkDone(now, filing);
    return { ...known, state: now.state, left: null };
  }
  if (answer !== null) {
    const answered = await command(now, "answer_direct", {
      answer: answer.text,
      knowledge_ref: answer.reference,
      call_id: matter.callId,
    });
    return { ...known, state: answered.state, left: null };
  }
  if (unit === null) return { ...known, state: now.state, left: "没有指定承办单位" };
  try {
    const dispatched = await command(now, "dispatch", { unit: unit.value, answer_type: answerType });
    return { ...known, state: dispatched.state, left: null };
  } catch (error) {
    if (error instanceof ApiError && error.status > 0 && error.status < 500) {
      const newer = await read(now.ticket_no);
      if (newer.state !== "accepted") {
        checkDone(newer, filing);
        return { ...known, state: newer.state, left: null };
      }
      // Accepted it is: who may dispatch it will.
      const isNoted = await noted(now, unit);
      return { ...known, state: now.state, left: isNoted ? error.message : `${error.message}；建议单位没有记下` };
    }
    throw error;
  }
}

/**
 * Raises ApiError unless what is asked for has been done already: by a first try, whose answer was
 * lost on the way, or by a dispatcher.
 */
function checkDone(ticket: TicketView, { answer, unit }: Filing): void {
  const { ticket_no: no, state } = ticket;
  const isSent = ticket.dispatched_at != null && (unit === null || ticket.unit === unit.value);
  if (answer === null ? isSent : ticket.answered_at != null) return;
  const wanted = answer !== null ? "直接答复" : unit !== null ? `派单至${unit.label}` : "登记";
  throw new ApiError(409, "wrong_state", null, `${no} 已是“${TICKET_STATES[state]}”，不能再${wanted}`, "请打开工单查看");
}

/** What stands on the form beside the words, which are added to. */
const COMPARED = [
  "request_type",
  "category_l2",
  "region_code",
  "address_text",
  "urgency",
  "contact_phone",
  "requester_name",
  "confidential",
  "acceptance_basis",
  "repeat_of",
] as const;

/**
 * What was changed on the form since a first try accepted the ticket and then failed. Raises
 * ApiError where something cannot be changed any more: who asked for secrecy is not to find that
 * the ticket has gone to the unit without it.
 */
async function corrected(ticket: TicketView, data: CommandData): Promise<TicketView> {
  let now = ticket;
  // The acceptance itself may raise the urgency or name another ticket as the first of the matter.
  const given = (ticket.events ?? [])
    .filter(({ command }) => command === "accept" || command === "amend")
    .reduce<Record<string, unknown>>((before, one) => ({ ...before, ...one.data }), {});
  const differing = COMPARED.filter((name) =>
    data[name] === undefined ? given[name] != null : data[name] !== (given[name] ?? ticket[name]),
  );
  const changed = AMENDABLE.filter((name) => data[name] !== undefined && differing.some((one) => one === name));
  const fixed = differing.filter((name) => !changed.some((one) => one === name));
  const [first] = fixed;
  if (first !== undefined) {
    const names = fixed.map((name) => `“${LABELS[name]}”`).join("、");
    throw new ApiError(
      409,
      "not_amendable",
      first,
      `${ticket.ticket_no} 已受理，${names}不能再修改`,
      "请改回受理时的内容再登记；确需更改的，请先打开工单撤回，再登记一次",
    );
  }
  if (changed.length > 0) {
    const values = Object.fromEntries(changed.map((name) => [name, data[name]]));
    now = await command(now, "amend", { ...values, reason: "登记时更正" });
  }
  const told = [ticket.content, ...(ticket.events ?? []).map((event) => event.data.content)];
  if (data.content !== undefined && !told.includes(data.content)) {
    now = await command(now, "add_statement", { content: data.content });
  }
  return now;
}

/** The unit that was chosen, for whoever dispatches instead; false: it could not be written. */
async function noted(ticket: TicketView, unit: Option): Promise<boolean> {
  try {
    await command(ticket, "add_note", {
      comment: `话务员建议派单至：${unit.label}`,
      suggested_unit: unit.value,
    });
    return true;
  } catch (error) {
    if (error instanceof ApiError) return false;
    throw error;
  }
}

/**
 * Whether a ticket of a call is the draft that the line made of it, and nobody has accepted it. A
 * call back (预约回电) brings the matter of the call in which it was asked for.
 */
export function isDraftOf(callId: string, ticket: TicketView): boolean {
  const isIts = ticket.call_id === callId || ticket.draft_kind === "callback";
  return isIts && ticket.state === "pending_acceptance";
}

/**
 * The ticket that the form is about: begun before, the call's draft, or a new one. What else the
 * call concerns, filed by a colleague or the ticket about which an agent calls, is another matter.
 */
async function subject({ matter, begun, tickets, data, isAnother }: Filing): Promise<TicketView> {
  if (begun !== null) {
    const one = await read(begun);
    // Withdrawn because something of it could not be changed any more.
    return one.state === "withdrawn" ? made({ ...matter, after: begun }, data, true) : one;
  }
  if (matter.after !== null) return made(matter, data, isAnother);
  const known = await Promise.all(tickets.map(read));
  const draft = known.find((one) => isDraftOf(matter.callId, one));
  return draft ?? made({ ...matter, after: known.at(-1)?.ticket_no ?? null }, data, isAnother);
}

export async function read(ticketNo: string): Promise<TicketView> {
  const path = { ticket_no: ticketNo };
  return got(await api.GET("/api/tickets/{ticket_no}", { params: { path } })) as TicketView;
}

/** The ticket of a further matter, or where the line could make no draft. */
async function made({ callId, after }: Matter, data: CommandData, isAnother: boolean): Promise<TicketView> {
  const body = { ...data, call_id: callId } as components["schemas"]["TicketData"];
  // The same text twice is one ticket; one that was corrected after a refusal is asked anew.
  const mark = `${isAnother ? "another-" : ""}${fingerprint(JSON.stringify(data))}`;
  const header = { "Idempotency-Key": `desk-${callId}-${after ?? ""}-${mark}` };
  const query = { is_another: isAnother };
  if (after === null) return got(await api.POST("/api/tickets", { body, params: { query, header } })) as TicketView;
  const path = { ticket_no: after };
  try {
    return got(
      await api.POST("/api/tickets/{ticket_no}/another", { body, params: { path, query, header } }),
    ) as TicketView;
  } catch (error) {
    if (!(error instanceof ApiError && error.code === "not_allowed")) throw error;
    // Called back about a citizen whom the agent does not see: nothing is taken over of him.
    return made({ callId, after: null }, data, isAnother);
  }
}

export async function command(seen: TicketView, name: string, data: CommandData): Promise<TicketView> {
  const give = async (version: number) =>
    got(
      await api.POST("/api/tickets/{ticket_no}/commands/{command}", {
        params: {
          path: { ticket_no: seen.ticket_no, command: name },
          header: { "If-Match": `"${version}"` },
        },
        body: data as components["schemas"]["CommandData"],
      }),
    ) as TicketView;
  try {
    return await give(seen.version);
  } catch (error) {
    if (!(error instanceof ApiError && error.code === "stale_version")) throw error;
    // The line itself adds to the draft (transcript, recordings) while somebody types.
    const newer = await read(seen.ticket_no);
    if (newer.state !== seen.state) throw error;
    return give(newer.version);
  }
}

/** Short, and another one for nearly every other text. */
function fingerprint(text: string): string {
  let sum = 5381;
  for (const character of text) sum = ((sum * 33) ^ (character.codePointAt(0) ?? 0)) >>> 0;
  return sum.toString(36);
}
