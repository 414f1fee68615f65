import type { CommandData } from "../../api/tickets";
import type { Fields } from "../../drafts/merge";
import type { Option } from "./picker";
import { proposed, type Suggestion } from "./suggestion";

/** The fields of the form that are chosen, in the order of the keys. */
export const CHOSEN = ["request_type", "category_l2", "region_code", "address_text", "unit", "urgency"] as const;
export type Chosen = (typeof CHOSEN)[number];

/** What the form calls its fields. */
export const LABELS: Record<string, string> = {
  content: "诉求内容",
  request_type: "类型",
  category_l2: "分类",
  region_code: "地区",
  address_text: "地址",
  unit: "承办单位",
  urgency: "紧急程度",
  contact_phone: "联系电话",
  requester_name: "称呼",
  confidential: "对承办单位保密",
  acceptance_basis: "受理依据",
  answer: "答复内容",
  knowledge_ref: "依据",
  repeat_of: "原工单",
};

export const URGENCY_OPTIONS: readonly Option[] = [
  { value: "normal", label: "一般" },
  { value: "urgent", label: "紧急" },
  { value: "emergency", label: "突发紧急" },
];

/** What stands there as long as nothing says otherwise; no suggestion. */
const USUAL_URGENCY = { value: "normal", label: "一般", confidence: null };

export const TYPE_OPTIONS: readonly Option[] = [
  { value: "consult", label: "咨询" },
  { value: "help", label: "求助" },
  { value: "complaint", label: "投诉" },
  { value: "report", label: "举报" },
  { value: "suggestion", label: "建议" },
  { value: "praise", label: "表扬感谢" },
];

/** 受理依据 (art. 6) that fits a request type, unless the agent chooses another. */
const BASIS: Record<string, NonNullable<CommandData["acceptance_basis"]>> = {
  consult: "6.1",
  help: "6.5",
  complaint: "6.2",
  report: "6.2",
  suggestion: "6.4",
  praise: "6.4",
};

/** What was chosen in a field; null: nothing, the suggestion stands there. */
export function chosen(fields: Fields, name: Chosen): Option | null {
  const value = fields[name];
  return typeof value === "object" && value !== null && "value" in value ? (value as Option) : null;
}

/** What is proposed for a field. */
export function suggested(
  suggestion: Suggestion | null,
  name: Chosen,
): (Option & { confidence: number | null }) | null {
  switch (name) {
    case "request_type":
      return proposed(suggestion?.request_type);
    case "category_l2":
      return proposed(suggestion?.category_l2);
    case "region_code":
      return proposed(suggestion?.region);
    case "address_text":
      return proposed(suggestion?.place);
    case "unit":
      return proposed(suggestion?.unit);
    case "urgency":
      return proposed(suggestion?.urgency) ?? USUAL_URGENCY;
  }
}

/** What stands in a field: chosen, or proposed and not contradicted. */
export function standing(fields: Fields, suggestion: Suggestion | null, name: Chosen): Option | null {
  return chosen(fields, name) ?? suggested(suggestion, name);
}

function text(fields: Fields, name: string): string | undefined {
  const value = fields[name];
  return typeof value === "string" && value.trim() !== "" ? value.trim() : undefined;
}

/** The data of the ticket from what stands in the form. */
export function ticketData(fields: Fields, suggestion: Suggestion | null): CommandData {
  const code = (name: Chosen) => standing(fields, suggestion, name)?.value;
  const type = code("request_type");
  const address = standing(fields, suggestion, "address_text");
  const data: CommandData = {
    content: text(fields, "content"),
    request_type: type as CommandData["request_type"],
    category_l2: code("category_l2"),
    region_code: code("region_code"),
    address_text: address?.label,
    urgency: code("urgency") as CommandData["urgency"],
    contact_phone: text(fields, "contact_phone"),
    requester_name: text(fields, "requester_name"),
    repeat_of: text(fields, "repeat_of"),
    acceptance_basis:
      (text(fields, "acceptance_basis") as CommandData["acceptance_basis"]) ??
      (type === undefined ? undefined : BASIS[type]),
    ...(typeof fields.confidential === "boolean" ? { confidential: fields.confidential } : {}),
  };
  return Object.fromEntries(Object.entries(data).filter(([, value]) => value !== undefined));
}

/** The first field that a ticket still needs; null: it can be filed. */
export function missing(data: CommandData): { field: string; text: string } | null {
  if (!data.content) return { field: "content", text: "请填写诉求内容" };
  if (!data.request_type) return { field: "request_type", text: "请选择诉求类型" };
  if (!data.region_code) return { field: "region_code", text: "请选择所在地区" };
  const needsPlace = data.request_type === "help" || data.request_type === "complaint";
  if (needsPlace && !data.address_text) return { field: "address_text", text: "请填写事发地址" };
  return null;
}
