"""What an account may be: names, roles that go together, passwords, extensions."""

import re
from collections.abc import Iterable
from typing import get_args

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from console import passwords
from console.account_rows import LONGEST_NAME
from store.tables_console import account, account_event
from ticketing.citydata import CityData
from ticketing.refusal import Refusal
from ticketing.visible_rows import took_part
from ticketing.workflow.terms import UNIT_ROLES, Role

ROLES: tuple[Role, ...] = tuple(role for role in get_args(Role) if role != "citizen")
"""What an account may be; citizens have none. `system` is for machines: tokens, no password."""
LONGEST_FULL_NAME = 100
_AGENT_NO = re.compile(r"[0-9]{1,10}")


def check_name(name: str) -> str:
    """The name of a new account. Raises Refusal."""
    if not name or len(name) > LONGEST_NAME or name != name.strip() or not name.isprintable():
        shown, fix = name[:LONGEST_NAME], f"请填写不超过{LONGEST_NAME}字的名称"
        raise wrong("name", f"账号名“{shown}”无效", fix)
    return name


def check_full_name(full_name: str | None) -> str | None:
    """The name of a person. Raises Refusal."""
    if full_name is None:
        return None
    told = full_name.strip()
    if not told or len(told) > LONGEST_FULL_NAME or not told.isprintable():
        raise wrong("full_name", "姓名无效", f"请填写不超过{LONGEST_FULL_NAME}字的姓名")
    return told


def check_roles(
    roles: Iterable[str], unit: str | None, city: CityData, *, has_password: bool
) -> tuple[Role, ...]:
    """Roles in the order of domain.md §2.2. Raises Refusal."""
    wanted = set(roles)
    if not wanted or not wanted <= set(ROLES):
        unknown = "、".join(sorted(wanted - set(ROLES))) or "空"
        raise wrong("roles", f"没有角色{unknown}", f"角色有：{'、'.join(ROLES)}")
    if "system" in wanted and (has_password or len(wanted) > 1):
        raise wrong("roles", "system只用于接口账号", "接口账号只能有角色system，且没有密码")
    if bool(wanted & UNIT_ROLES) != (unit is not None):
        raise wrong("unit", "承办单位的账号须写明单位，其他账号没有单位", "请填写或去掉单位代码")
    if unit is not None and unit not in city.units:
        raise Refusal("unknown_unit", "unit", f"没有单位{unit}", "请核对单位代码")
    if wanted & UNIT_ROLES and wanted - UNIT_ROLES:
        raise wrong("roles", "承办单位的账号不能同时有热线的角色", "请分别建立账号")
    if "admin" in wanted and len(wanted) > 1:
        raise wrong("roles", "系统管理员不看工单内容，不能兼有其他角色", "请分别建立账号")
    return tuple(role for role in ROLES if role in wanted)


def check_password(password: str, login: str | None) -> str:
    """The password of this account; raises Refusal where it is too short, too long or easily
    guessed."""
    if not passwords.SHORTEST <= len(password) <= passwords.LONGEST:
        limits = f"{passwords.SHORTEST}至{passwords.LONGEST}"
        raise wrong("new_password", "密码长度不合要求", f"请使用{limits}个字符")
    if (reason := passwords.weakness(password, login)) is not None:
        fix = "请换一个密码：字母、数字混用，不含账号名，例如几个不相干的词连写"
        raise wrong("new_password", reason, fix)
    return password


async def alone(db: AsyncConnection) -> None:
    """Accounts are changed one after another: for rules that concern more than one of them."""
    if db.dialect.name == "postgresql":  # on SQLite every transaction that writes is alone
        await db.execute(sa.text("LOCK TABLE account IN SHARE ROW EXCLUSIVE MODE"))


async def check_agent_no(db: AsyncConnection, name: str, agent_no: str | None) -> None:
    """Calls of an extension are one person's, for good. Raises Refusal.

    No two active accounts have it; and who had it before and has talked keeps it, for what he was
    told would be his successor's to read.
    """
    if agent_no is None:
        return
    if not _AGENT_NO.fullmatch(agent_no):
        raise wrong("agent_no", "工号无效", "请填写不超过10位的数字")
    same = (account.c.agent_no == agent_no) & account.c.disabled_at.is_(None)
    other = await db.scalar(sa.select(account.c.name).where(same, account.c.name != name))
    if other is not None:
        fix = "请使用其他工号，或先停用该账号"
        raise wrong("agent_no", f"工号{agent_no}已属于账号{other}", fix)
    former = await _former_holder(db, name, agent_no)
    if former is not None and await db.scalar(sa.select(sa.exists().where(*took_part(agent_no)))):
        message = f"工号{agent_no}曾属于账号{former}，并有通话记录"
        raise wrong("agent_no", message, "请使用其他工号：通话记录只能由本人查看")


async def _former_holder(db: AsyncConnection, name: str, agent_no: str) -> str | None:
    """Another account that ever had the extension."""
    log = account_event.c
    query = sa.select(log.name, log.data).where(
        log.command.in_(("add", "change")), log.name != name
    )
    given = (row.name for row in await db.execute(query) if row.data.get("agent_no") == agent_no)
    return next(given, None)


async def check_somebody_is_left(db: AsyncConnection, name: str) -> None:
    """Without `name` there is still a security_admin, or he never was one. Raises Refusal."""
    active = sa.select(account.c.name, account.c.roles).where(account.c.disabled_at.is_(None))
    keepers = {row.name for row in await db.execute(active) if "security_admin" in row.roles}
    if keepers == {name}:
        raise Refusal(
            "wrong_state", "name", f"{name}是最后一位安全管理员", "请先建立另一个安全管理员账号"
        )


def wrong(field: str, message: str, fix: str) -> Refusal:
    """`invalid_value`."""
    return Refusal("invalid_value", field, message, fix)
