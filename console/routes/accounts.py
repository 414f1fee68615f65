"""Administration of accounts (账号管理) by the security_admin, and the journal of log-ins."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from console import passwords
from console.account_rows import LONGEST_NAME, Account
from console.account_rules import LONGEST_FULL_NAME
from console.context import Context
from console.routing import Routes
from console.ticket_data import Code
from store.types import JsonObject, local_iso
from ticketing.refusal import Refusal
from ticketing.workflow.terms import Role

routes = Routes("accounts")

KEEPERS: frozenset[Role] = frozenset({"security_admin"})
READERS: frozenset[Role] = KEEPERS | {"auditor"}
Name = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]


class Person(BaseModel):
    """Who somebody is and what he may do."""

    model_config = ConfigDict(extra="forbid")

    full_name: Annotated[str, Field(min_length=1, max_length=LONGEST_FULL_NAME)] | None = None
    roles: Annotated[list[Role], Field(min_length=1, max_length=20)]
    unit: Code | None = None
    """Of unit roles."""
    agent_no: Annotated[str, Field(pattern="^[0-9]{1,10}$")] | None = None
    """The extension (工号) whose calls are his."""


class NewAccount(Person):
    """An account that is to be made."""

    name: Name


class AccountEntry(BaseModel):
    """An account without its secrets."""

    name: str
    full_name: str | None
    roles: list[Role]
    unit: str | None
    agent_no: str | None
    has_totp: bool
    must_change: bool
    """The password was made up for him and has not been used yet."""
    created_at: str
    disabled_at: str | None
    locked_until: str | None
    last_sign_in_at: str | None


class MadeAccount(BaseModel):
    """An account with its one-time password, shown this once."""

    account: AccountEntry
    password: str


class OneTimePassword(BaseModel):
    """To be changed when it is first used; shown this once."""

    password: str


class AccountsQuery(BaseModel):
    """`q`: part of a name, a full name or an extension; `after`: the last name that was seen."""

    model_config = ConfigDict(extra="forbid")

    q: Annotated[str, Field(min_length=1, max_length=40)] | None = None
    role: Role | None = None
    unit: Code | None = None
    disabled: bool | None = None
    after: Name | None = None
    limit: int = Field(default=200, ge=1, le=1000)


class JournalQuery(BaseModel):
    """`before`: the lowest number that was seen."""

    model_config = ConfigDict(extra="forbid")

    before: Annotated[int, Field(ge=1)] | None = None
    limit: int = Field(default=100, ge=1, le=500)


class JournalEntry(BaseModel):
    """Something that happened to an account, or a log-in."""

    seq: int
    at: str
    actor: str
    command: str
    """add, change, password, disable, enable, totp, totp_end, token, revoke, sign_in,
    sign_in_failed, sign_out."""
    address: str | None
    data: JsonObject


class Journal(BaseModel):
    """Newest first."""

    events: list[JournalEntry]
    is_whole: bool
    """False: somebody has changed the records (the hash chain is broken)."""


@routes.get("/api/accounts", access=READERS)
async def list_accounts(context: Context, query: AccountsQuery) -> list[AccountEntry]:
    """List accounts by name."""
    found = [one for one in await context.parts.accounts.list() if _fits(one, query)]
    found.sort(key=lambda one: one.name)  # databases sort by languages' rules
    return await _entries(context, found[: query.limit])


@routes.post("/api/accounts", access=KEEPERS, status=201, given_again=False)
async def add(context: Context, body: NewAccount) -> MadeAccount:
    """Make a person's account; programs' are made by `hotline users add NAME --role system`."""
    password = passwords.made_up()
    made = await context.parts.accounts.add(
        body.name,
        body.roles,
        await context.parts.tickets.city(),
        by=context.user.name,
        at=context.now,
        full_name=body.full_name,
        unit=body.unit,
        agent_no=body.agent_no,
        password=password,
    )
    (entry,) = await _entries(context, [made])
    return MadeAccount(account=entry, password=password)


@routes.get("/api/accounts/{name}", access=READERS)
async def show(context: Context, name: Name) -> AccountEntry:
    """Read an account."""
    return await _entry(context, name)


@routes.route("PUT", "/api/accounts/{name}", access=KEEPERS)
async def change(context: Context, name: Name, body: Person) -> AccountEntry:
    """Say who he is and what he may, from his next request on; one's own roles another changes."""
    if name == context.user.name and set(body.roles) != context.roles:
        raise _oneself("roles", "不能修改自己的角色")
    await context.parts.accounts.set_person(
        name,
        body.roles,
        await context.parts.tickets.city(),
        by=context.user.name,
        at=context.now,
        full_name=body.full_name,
        unit=body.unit,
        agent_no=body.agent_no,
    )
    return await _entry(context, name)


@routes.post("/api/accounts/{name}/password", access=KEEPERS, given_again=False)
async def reset_password(context: Context, name: Name) -> OneTimePassword:
    """Make up a one-time password; his sessions and a lock-out end."""
    if name == context.user.name:
        raise _oneself("name", "不能重置自己的密码")
    password = passwords.made_up()
    await context.parts.accounts.set_password(
        name, password, by=context.user.name, at=context.now, must_change=True
    )
    return OneTimePassword(password=password)


@routes.post("/api/accounts/{name}/totp-reset", access=KEEPERS)
async def reset_totp(context: Context, name: Name) -> AccountEntry:
    """Take a second factor away, as when a telephone was lost."""
    if name == context.user.name:
        raise _oneself("name", "不能重置自己的动态口令")
    await context.parts.second_factor.end(name, by=context.user.name, at=context.now)
    return await _entry(context, name)


@routes.post("/api/accounts/{name}/disable", access=KEEPERS)
async def disable(context: Context, name: Name) -> AccountEntry:
    """Let nobody in under this name any longer; sessions and tokens end at once."""
    if name == context.user.name:
        raise _oneself("name", "不能停用自己的账号")
    await context.parts.accounts.disable(name, by=context.user.name, at=context.now)
    return await _entry(context, name)


@routes.post("/api/accounts/{name}/enable", access=KEEPERS)
async def enable(context: Context, name: Name) -> AccountEntry:
    """Take `disable`, or a lock-out, back."""
    await context.parts.accounts.enable(name, by=context.user.name, at=context.now)
    return await _entry(context, name)


@routes.get("/api/accounts/{name}/journal", access=READERS)
async def journal(context: Context, name: Name, query: JournalQuery) -> Journal:
    """Who signed in from where, what failed, what was changed by whom; newest first."""
    accounts = context.parts.accounts
    is_whole = await accounts.verify(name)
    found = await accounts.journal(name, before=query.before, limit=query.limit)
    events = [JournalEntry(**_told(event)) for event in reversed(found)]
    return Journal(events=events, is_whole=is_whole)


def _fits(one: Account, query: AccountsQuery) -> bool:
    texts = (one.name, one.full_name or "", one.agent_no or "")
    return (
        (query.q is None or any(query.q.lower() in text.lower() for text in texts))
        and (query.role is None or query.role in one.roles)
        and (query.unit is None or query.unit == one.unit)
        and (query.disabled is None or query.disabled == (one.disabled_at is not None))
        and (query.after is None or one.name > query.after)
    )


async def _entry(context: Context, name: str) -> AccountEntry:
    (entry,) = await _entries(context, [await context.parts.accounts.get(name)])
    return entry


async def _entries(context: Context, found: list[Account]) -> list[AccountEntry]:
    seen = await context.parts.accounts.last_sign_ins([one.name for one in found])
    return [
        AccountEntry(
            **one.to_json(),
            has_totp=one.has_totp,
            must_change=one.must_change,
            created_at=local_iso(one.created_at) or "",
            disabled_at=local_iso(one.disabled_at),
            locked_until=_until(context, one),
            last_sign_in_at=local_iso(seen.get(one.name)),
        )
        for one in found
    ]


def _until(context: Context, one: Account) -> str | None:
    """A lock-out that has passed is none."""
    is_locked = one.locked_until is not None and one.locked_until > context.now
    return local_iso(one.locked_until) if is_locked else None


def _told(event: JsonObject) -> dict[str, Any]:
    named = ("seq", "actor", "command", "address", "data")
    return {**{key: event[key] for key in named}, "at": local_iso(event["at"])}


def _oneself(field: str, message: str) -> Refusal:
    return Refusal("same_person", field, message, "请由另一位安全管理员办理")
