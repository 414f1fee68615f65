import { Timeline, Typography } from "antd";

import { type Ticket, useCategories, usePeople, useRegions, useUnits } from "../../tickets/queries";
import { COMMANDS, FIELDS, VALUES } from "../../tickets/words";
import { actorWords } from "../../session/actor-words";
import { ROLE_NAMES } from "../../session/roles";
import type { Role } from "../../session/session";
import { TICKET_STATES } from "../../words";
import { time } from "./facts";

/** The journal of a ticket (事件流水), the newest first. */
export function History({ ticket }: { ticket: Ticket }) {
  const people = usePeople(ticket.ticket_no ?? "");
  const events = [...(ticket.events ?? [])].reverse();
  return (
    <Timeline
      items={events.map((event) => ({
        key: event.seq,
        content: (
          <>
            <Typography.Text strong>{COMMANDS[event.command] ?? event.command}</Typography.Text>{" "}
            <Typography.Text type="secondary">
              {time(event.at)} {actorWords(event.actor, people.get(event.actor))}
              {event.role !== "system" && ` ${ROLE_NAMES[event.role as Role] ?? event.role}`}
              {event.from != null && event.from !== event.to && (
                <>
                  {" "}
                  {TICKET_STATES[event.from]} → {TICKET_STATES[event.to]}
                </>
              )}
              {event.article != null && ` 第${event.article}条`}
            </Typography.Text>
            <Told data={event.data} />
          </>
        ),
      }))}
    />
  );
}

/** What was said with the event, as far as it has words for people. */
function Told({ data }: { data: Record<string, unknown> }) {
  const named = useNamed();
  const said = Object.entries(data).filter(
    ([name, value]) => name in FIELDS && (typeof value === "string" || typeof value === "number") && value !== "",
  );
  if (said.length === 0) return null;
  return (
    <div className="ticket-told">
      {said.map(([name, value]) => (
        <div key={name}>
          {FIELDS[name]}：{named(name, String(value))}
        </div>
      ))}
    </div>
  );
}

/** What the value of a field is called. */
function useNamed(): (field: string, value: string) => string {
  const units = useUnits();
  const regions = useRegions();
  const categories = useCategories();
  return (field, value) => {
    if (field.endsWith("_due") || field.endsWith("_at")) return time(value) ?? value;
    if (field === "unit" || field.endsWith("_unit")) return units.get(value) ?? value;
    if (field === "region_code") return regions.get(value) ?? value;
    if (field === "category_l2") return categories.get(value) ?? value;
    if (field === "category_l1") return firstLevel(categories, value) ?? value;
    return VALUES[field]?.[value] ?? value;
  };
}

/** The name of a first-level category: categories are called 一级 / 二级. */
function firstLevel(categories: ReadonlyMap<string, string>, code: string): string | undefined {
  const found = [...categories].find(([one]) => one.startsWith(code));
  return found?.[1].split(" / ")[0];
}
