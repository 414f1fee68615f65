import dayjs from "dayjs";

import type { State } from "../../words";
import type { paths } from "../../api/schema";

type Listed = paths["/api/tickets"]["get"]["responses"]["200"]["content"]["application/json"];
/** A line of the list, as far as one may see it. */
export type Ticket = Listed["tickets"][number];

/** What is asked for; it stands in the address of the page, so that it can be passed on. */
export interface Filters {
  state: State[];
  request_type?: NonNullable<Ticket["request_type"]>;
  urgency?: NonNullable<Ticket["urgency"]>;
  unit?: string;
  category_l2?: string;
  region_code?: string;
  is_overdue?: boolean;
  /** Days, YYYY-MM-DD: from the beginning of the first to the end of the last. */
  from?: string;
  to?: string;
}

const CODES = ["request_type", "urgency", "unit", "category_l2", "region_code", "from", "to"] as const;

/** The filters of an address. */
export function filtersOf(address: URLSearchParams): Filters {
  const filters: Filters = { state: address.getAll("state") as State[] };
  const codes = CODES.flatMap((name) => {
    const value = address.get(name);
    return value === null ? [] : [[name, value] as const];
  });
  if (address.get("is_overdue") === "true") filters.is_overdue = true;
  return Object.assign(filters, Object.fromEntries(codes));
}

/** The address of these filters. */
export function addressOf(filters: Filters): URLSearchParams {
  const address = new URLSearchParams(filters.state.map((state) => ["state", state]));
  for (const name of CODES) {
    const value = filters[name];
    if (value !== undefined) address.set(name, value);
  }
  if (filters.is_overdue === true) address.set("is_overdue", "true");
  return address;
}

/** The same as the API wants them; a call of which there is nothing but the call is no ticket. */
export function queryOf({ from, to, ...rest }: Filters) {
  return {
    ...rest,
    is_untouched: false,
    ...(from !== undefined && { since: dayjs(from).format() }),
    ...(to !== undefined && { until: dayjs(to).add(1, "day").format() }),
  };
}

/** The same as a query string, for files. */
export function searchOf(filters: Filters): URLSearchParams {
  const search = addressOf({ ...filters, from: undefined, to: undefined });
  const { since, until } = queryOf(filters);
  search.set("is_untouched", "false");
  if (since !== undefined) search.set("since", since);
  if (until !== undefined) search.set("until", until);
  return search;
}
