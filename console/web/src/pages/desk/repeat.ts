import type { Fields } from "../../drafts/merge";
import type { Ticket } from "../../tickets/queries";
import type { Option } from "./picker";
import { chosen, type Chosen, TYPE_OPTIONS } from "./values";

/** Codes with their names. */
export interface Names {
  regions: readonly Option[];
  /** With their first level: 水务 / 供水. */
  categories: ReadonlyMap<string, string>;
}

/**
 * What a form takes over from the ticket whose matter it repeats: as T31 does with a closed one,
 * type, category and place. What the agent chose himself stays.
 */
export function repeating(fields: Fields, ticket: Ticket, names: Names): Fields {
  const category = names.categories.get(ticket.category_l2 ?? "")?.split(" / ").at(-1);
  const address = ticket.address_text ?? "";
  const old: Partial<Record<Chosen, Option | undefined>> = {
    request_type: TYPE_OPTIONS.find(({ value }) => value === ticket.request_type),
    category_l2: category === undefined ? undefined : { value: ticket.category_l2 ?? "", label: category },
    region_code: names.regions.find(({ value }) => value === ticket.region_code),
    address_text: address === "" || address.includes("*") ? undefined : { value: address, label: address },
  };
  const taken = Object.entries(old).filter(
    ([name, option]) => option !== undefined && chosen(fields, name as Chosen) === null,
  );
  return { repeat_of: ticket.ticket_no, ...Object.fromEntries(taken) };
}
