import {
  ANSWER_TYPES,
  BASES,
  DEFECTS,
  FIELDS,
  GROUNDS,
  KEY_CATEGORIES,
  REJECTIONS,
  SCORES,
  SERVICES,
} from "./words";
import { REQUEST_TYPES } from "../words";
import type { Ticket } from "./queries";

export type Input =
  | { kind: "line" | "text" | "time" | "flag" | "yesno" | "unit" | "units" | "ticket" | "region" | "category" }
  | { kind: "choice" | "choices"; of: Record<string, string> };

export interface Field {
  name: string;
  label: string;
  input: Input;
  required: boolean;
  /** What stands in it while it is empty. */
  hint?: string;
}

/** What a command asks for (docs/api.md). */
export interface Form {
  fields: readonly Field[];
  /** Said above the fields. */
  note?: string;
}

const kind = (kind: Exclude<Input["kind"], "choice" | "choices">): Input => ({ kind });
const INPUTS: Record<string, Input> = {
  acceptance_basis: { kind: "choice", of: BASES },
  answer_type: { kind: "choice", of: ANSWER_TYPES },
  assist_units: kind("units"),
  category_l2: kind("category"),
  child_due: kind("time"),
  contacted: kind("yesno"),
  contacted_at: kind("time"),
  defects: { kind: "choices", of: DEFECTS },
  disputed: kind("flag"),
  grounds: { kind: "choices", of: GROUNDS },
  identity_checked: kind("flag"),
  is_true: kind("yesno"),
  key_categories: { kind: "choices", of: KEY_CATEGORIES },
  lead_unit: kind("unit"),
  master_ticket: kind("ticket"),
  new_due: kind("time"),
  region_code: kind("region"),
  reject_code: { kind: "choice", of: REJECTIONS },
  repeat_of: kind("ticket"),
  request_type: { kind: "choice", of: REQUEST_TYPES },
  score: { kind: "choice", of: SCORES },
  service: { kind: "choice", of: SERVICES },
  shared: kind("flag"),
  solved: kind("yesno"),
  suggested_unit: kind("unit"),
  unit: kind("unit"),
  written_opinion_required: kind("flag"),
};
const LINES = new Set([
  "address_text", "contact_phone", "emergency_record", "knowledge_ref", "leader_name_role", "second_approver", "title",
]);

function field(told: string): Field {
  const required = told.endsWith("!");
  const name = required ? told.slice(0, -1) : told;
  const input = INPUTS[name] ?? kind(LINES.has(name) ? "line" : "text");
  return { name, label: FIELDS[name] ?? name, input, required };
}

/** `!`: the command is refused without it. */
function form(names: string, note?: string): Form {
  return { fields: names.split(" ").filter(Boolean).map(field), note };
}

const FORMS: Record<string, Form> = {
  accept: form("request_type category_l2 region_code acceptance_basis title key_categories repeat_of"),
  reject: form("reject_code! explanation! guidance emergency_record"),
  emergency_transfer: form("service!"),
  follow_up: form("comment!", "联系诉求人或紧急服务，写明处置结果和是否还需要帮助。"),
  answer_direct: form("answer! knowledge_ref!"),
  dispatch: form("unit! answer_type! assist_units key_categories written_opinion_required"),
  request_return: form("ground! suggestion! suggested_unit"),
  approve_return: form("unit", "填写新的承办单位即直接改派；不填则回到待派单。"),
  refuse_return: form("reason!"),
  refuse_extension: form("reason!"),
  coordinate: form("disputed reason"),
  special_coordination: form("disputed lead_unit assist_units reason"),
  designate_lead: form("lead_unit! assist_units reason"),
  request_extension: form("new_due! reason!"),
  sub_dispatch: form("unit! child_due"),
  submit_reply: form("reply! public_reply! contacted! contacted_at is_true solved! unsolved_reason"),
  audit_fail: form("defects! comment!"),
  child_reply: form("reply!"),
  child_return: form("reason"),
  assist_reply: form("reply!"),
  callback_ok: form("score solved comment"),
  callback_unsatisfied: form("reason! score solved"),
  close_explained: form("reason! solved"),
  recheck: form("reason"),
  recheck_false: form("reason"),
  withdraw: form("identity_checked!"),
  merge: form("master_ticket!"),
  complain_again: form("content"),
  amend: form("title request_type category_l2 region_code address_text contact_phone answer_type reason"),
  add_statement: form("content!"),
  add_note: form("comment! shared"),
  urge: form("reason"),
  supervise: form("reason! key_categories new_due"),
  interview: form("grounds! reason"),
  notice: form("grounds! reason"),
  special_report: form("grounds! reason"),
  discipline_referral: form("second_approver! reason"),
  accountability: form("ground!"),
  exemption: form("ground!"),
  leader_instruction: form("reason! new_due!"),
};

/** What is done by a page of its own, or by nobody by hand. */
const ELSEWHERE = new Set(["attach", "release_attachment", "complain_again", "emergency_transfer"]);

/** The order of the buttons: what is done most often has the first digits. */
const ORDER = [
  "follow_up", "sign", "child_sign", "accept", "dispatch", "audit_pass", "audit_fail", "approve_return", "refuse_return",
  "approve_extension", "refuse_extension", "designate_lead", "callback_ok", "callback_unsatisfied", "unreachable",
  "recheck_ok", "recheck_false", "close_explained", "submit_reply", "child_reply", "assist_reply", "answer_direct",
  "request_extension", "request_return", "sub_dispatch", "child_return", "reject", "refer_up", "not_answered",
  "supervise", "coordinate", "add_note", "add_statement", "amend", "merge",
];

/** Whether units do not learn who the citizen is: of reports, and where he asked for it. */
export function isHidden(ticket: Ticket): boolean {
  return ticket.confidential === true || ticket.request_type === "report";
}

/** Whether the command hands a hidden ticket to a unit, which needs a text made for it. */
export function asksUnitContent(command: string, ticket: Ticket): boolean {
  if (!isHidden(ticket)) return false;
  return command === "dispatch" || (HANDS_ON.has(command) && ticket.unit_content == null);
}

/** Other commands that may name a unit, which then holds the ticket. */
const HANDS_ON = new Set(["approve_return", "designate_lead", "special_coordination"]);
/** The form of a command on a ticket. */
export function formOf(command: string, ticket: Ticket): Form {
  const known = FORMS[command] ?? { fields: [] };
  const more: string[] = [];
  if (asksUnitContent(command, ticket)) more.push(command === "dispatch" ? "unit_content!" : "unit_content");
  if (command === "submit_reply" && ticket.repeat_of != null) more.push("leader_name_role!", "leader_action!");
  if (command === "submit_reply" && ticket.written_opinion_required === true) more.push("written_opinion!");
  const fields = [...known.fields, ...more.map(field)];
  if (command !== "accept") return { ...known, fields };
  // What the ticket has already need not be said again.
  const missing = { request_type: ticket.request_type, region_code: ticket.region_code,
    acceptance_basis: ticket.acceptance_basis };
  return {
    ...known,
    fields: fields.map((one) =>
      one.name in missing && missing[one.name as keyof typeof missing] == null ? { ...one, required: true } : one,
    ),
  };
}

/** Of units that were sent a child task, and of those that assist. */
const CHILDS = new Set(["child_sign", "child_reply", "child_return"]);

/** The commands of the buttons, the most usual first, as far as they are the user's. */
export function sorted(commands: readonly string[], ticket: Ticket, unit: string | null): string[] {
  const child = ticket.sub_dispatches?.find((one) => one.unit === unit && one.result == null);
  const isMine = (name: string) => {
    if (name === "child_sign") return child !== undefined && child.signed_at == null;
    if (CHILDS.has(name)) return child !== undefined;
    if (name === "assist_reply") return ticket.assist_units?.includes(unit ?? "") === true;
    return !ELSEWHERE.has(name);
  };
  const place = (name: string) => ORDER.indexOf(name) + 1 || ORDER.length + 1;
  return commands.filter(isMine).sort((one, other) => place(one) - place(other));
}

/** What stands in a ticket and the hotline may correct once it is accepted (T32). */
export const AMENDABLE = [
  "title",
  "request_type",
  "category_l2",
  "region_code",
  "address_text",
  "contact_phone",
  "answer_type",
] as const;

/** What is added to a ticket beside whatever others do with it: nobody has to have it for that. */
export const NEVER_CONFLICT: ReadonlySet<string> = new Set(["add_note", "add_statement", "attach"]);

/** What cannot be taken back is red. */
export const GRAVE: ReadonlySet<string> = new Set(["reject", "withdraw", "merge", "discipline_referral"]);
