"""Versions of the city's rules (政策版本): read, compared, tried on past tickets, enacted."""

from datetime import datetime, timedelta
from typing import Annotated, Any, get_args

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from console.account_rows import called
from console.admin_kinds import READERS, Reason
from console.context import Context
from console.errors import invalid
from console.routing import Routes
from store.tables import ticket
from store.types import SHANGHAI, JsonObject
from ticketing import policy_versions
from ticketing.new_ticket import Time
from ticketing.policy import SWITCHES, Policy
from ticketing.workflow.terms import Role

routes = Routes("policies")

ENACTING: frozenset[Role] = frozenset({"admin", "center_head"})
LONGEST = timedelta(days=31)
MOST = 3000
"""So many tickets are tried while somebody waits; `tickets simulate --from-store` takes more."""

Switch = str | int | float | list[str]
Switches = Annotated[dict[str, Switch], Field(min_length=1, max_length=len(SWITCHES))]


class Withdrawn(BaseModel):
    """Who took a version back before it was in force, when and why."""

    by: str
    by_name: str | None
    at: datetime
    reason: str


class PolicyVersion(BaseModel):
    """One version with all its switches."""

    policy_id: str
    effective_from: datetime
    source: str
    """The ground: of the first version the Measures, of others the reason that was given."""
    by: str | None
    """Who enacted it; null: it came with the program."""
    by_name: str | None
    at: datetime | None
    in_force: bool
    withdrawn: Withdrawn | None
    switches: dict[str, Switch]
    """Times as `12h`, `30m`, `6d`."""


class PolicyList(BaseModel):
    """Newest first; after them those that were withdrawn, the last withdrawn first."""

    versions: list[PolicyVersion]
    choices: dict[str, list[str]]
    """Of switches that are words: what they may be."""


class PolicyTrial(BaseModel):
    """Switches that differ from the newest version, on the tickets of a time."""

    model_config = ConfigDict(extra="forbid")

    switches: Switches
    since: Time
    until: Time


class NewPolicy(BaseModel):
    """A version that differs from the newest one."""

    model_config = ConfigDict(extra="forbid")

    policy_id: Annotated[str, StringConstraints(pattern=policy_versions.ID)]
    effective_from: Time
    switches: Switches
    reason: Reason
    """Why, and on what ground; it stays with the version."""


class PolicyWithdrawal(BaseModel):
    """Why a version is taken back; it stays with the version."""

    model_config = ConfigDict(extra="forbid")

    reason: Reason


class TrialResult(BaseModel):
    """What the rules would have made of the tickets (`hotline tickets simulate`)."""

    tickets: int
    missed: JsonObject
    """Limits that were missed, by timer: `before` and `after`."""
    changed: list[JsonObject]
    refused: list[JsonObject]
    not_replayable: list[JsonObject]


@routes.get("/api/policies", access=READERS)
async def list_policies(context: Context) -> PolicyList:
    """List the versions of the rules, those to come included."""
    known = await context.parts.tickets.policies()
    now = known.at(context.now)
    versions = await _shown(context, list(reversed(known.versions)), now)
    return PolicyList(versions=[*versions, *await _withdrawn(context, now)], choices=_choices())


@routes.post("/api/policies/trial", access=ENACTING | {"supervisor"}, given_again=False)
async def try_policy(context: Context, body: PolicyTrial) -> TrialResult:
    """Try changed rules on the tickets of a time; nothing is written."""
    if not timedelta(0) < body.until - body.since <= LONGEST:
        raise invalid("since", "演练的时间须在31天以内", "请缩短时间")
    made = ticket.c.created_at.between(body.since, body.until)
    async with context.parts.store.read() as db:
        count = await db.scalar(sa.select(sa.func.count()).where(made)) or 0
    if count > MOST:
        fix = "请缩短时间，或由系统管理员用命令 tickets simulate --from-store 演练"
        raise invalid("since", f"这段时间有{count}件工单，超过{MOST}件", fix)
    trial = await context.parts.tickets.try_policy(
        body.switches, since=body.since, until=body.until
    )
    return TrialResult.model_validate(trial.to_json())


@routes.post("/api/policies", access=ENACTING, status=201)
async def enact(context: Context, body: NewPolicy) -> PolicyVersion:
    """Enact a version from a time on; tickets accepted before keep theirs."""
    known = await context.parts.tickets.add_policy(
        body.switches,
        policy_id=body.policy_id,
        effective_from=body.effective_from,
        by=context.user.name,
        at=context.now,
        reason=body.reason,
    )
    new = next(one for one in known.versions if one.policy_id == body.policy_id)
    (shown,) = await _shown(context, [new], known.at(context.now))
    return shown


@routes.post("/api/policies/{policy_id}/withdraw", access=ENACTING)
async def withdraw(context: Context, policy_id: str, body: PolicyWithdrawal) -> PolicyVersion:
    """Take back the newest version before it is in force; it stays for the record.

    409 `wrong_state`: it is in force already, or a later one is built on it.
    """
    tickets = context.parts.tickets
    await tickets.withdraw_policy(
        policy_id, by=context.user.name, at=context.now, reason=body.reason
    )
    gone = await _withdrawn(context, (await tickets.policies()).at(context.now))
    return next(one for one in gone if one.policy_id == policy_id)


async def _withdrawn(context: Context, now: Policy) -> list[PolicyVersion]:
    async with context.parts.store.read() as db:
        found = await policy_versions.withdrawn(db)
        names = await called(db, {signed.by for _, signed in found})
    shown = await _shown(context, [one for one, _ in found], now)
    return [
        one.model_copy(
            update={
                "withdrawn": Withdrawn(
                    by=signed.by,
                    by_name=names.get(signed.by),
                    at=signed.at.astimezone(SHANGHAI),
                    reason=signed.reason or "",
                )
            }
        )
        for one, (_, signed) in zip(shown, found, strict=True)
    ]


async def _shown(context: Context, found: list[Policy], now: Policy) -> list[PolicyVersion]:
    async with context.parts.store.read() as db:
        signed = await policy_versions.signed(db)
        names = await called(db, {signature.by for signature in signed.values()})

    def shown(one: Policy) -> PolicyVersion:
        signature = signed.get(one.policy_id)
        # Else it is the program's first version.
        who = signature if signature is not None and signature.by != "system" else None
        return PolicyVersion(
            policy_id=one.policy_id,
            effective_from=one.effective_from.astimezone(SHANGHAI),
            source=one.source,
            by=who and who.by,
            by_name=who and names.get(who.by),
            at=who and who.at.astimezone(SHANGHAI),
            in_force=one is now,
            withdrawn=None,
            switches={key: _plain(getattr(one, name)) for key, name in SWITCHES.items()},
        )

    return [shown(one) for one in found]


def _plain(value: Any) -> Switch:
    if isinstance(value, timedelta):
        hours = value / timedelta(hours=1)
        if hours and hours % 24 == 0 and hours > 48:
            return f"{hours / 24:g}d"
        return f"{hours:g}h" if hours >= 1 else f"{hours * 60:g}m"
    return list(value) if isinstance(value, tuple) else value


def _choices() -> dict[str, list[str]]:
    fields = {key: Policy.model_fields[name].annotation for key, name in SWITCHES.items()}
    words = {key: [str(one) for one in get_args(kind)] for key, kind in fields.items()}
    return {key: found for key, found in words.items() if found and key != "repeat.types"}
