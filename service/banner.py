"""The short table that `up` prints when calls can be taken."""

import contextlib
import sys

from rich.console import Console
from rich.table import Table

from service.provision.certificate import made_certificate
from service.ready import account_list, console_url, people_list, sip_address
from service.runtime import Runtime

ROLES = {
    "citizen": "市民 citizen",
    "agent": "话务员 agent",
    "supervisor": "班长 supervisor",
    "unit": "单位 unit",
    "emergency": "紧急 desk",
}


def show(runtime: Runtime, *, with_accounts: bool) -> None:
    """Print it to standard error; a terminal that was closed does not matter."""
    with contextlib.suppress(OSError):
        _show(runtime, with_accounts)


def _show(runtime: Runtime, with_accounts: bool) -> None:
    sip = sip_address(runtime)
    console = Console(file=sys.stderr, highlight=False)
    console.width = max(console.width, 100)
    numbers = runtime.settings.numbers
    table = Table.grid(padding=(0, 2))
    table.add_row("SIP", f"{sip['host']}:{sip['port']} ({sip['transport']})")
    table.add_row("12345", f"dial {numbers.hotline} from a registered phone")
    table.add_row("console", console_url(runtime))
    own = made_certificate(runtime.var.tls)
    if runtime.settings.console.makes_certificate and own is not None:
        table.add_row("", f"certificate made here, SHA-256 {own.fingerprint}")
    table.add_row("files", str(runtime.var.root))
    table.add_row("recordings", str(runtime.recordings))
    table.add_row("logs", str(runtime.var.log))
    console.print(table)
    if with_accounts:
        phones = Table(box=None, padding=(0, 2))
        for title in ("role", "number", "SIP user", "password"):
            phones.add_column(title, no_wrap=True)
        for account in account_list(runtime):
            role = ROLES[account["role"]]
            more = account.get("unit") or "/".join(account.get("skills", ()))
            phones.add_row(
                f"{role} {more}".strip(),
                account["number"],
                account["username"],
                account["password"],
            )
        console.print(phones)
        people = Table(box=None, padding=(0, 2))
        for title in ("console account", "roles", "name", "unit", "password"):
            people.add_column(title, no_wrap=True)
        for person in people_list(runtime):
            people.add_row(
                person["name"],
                "/".join(person["roles"]),
                person["full_name"],
                person["unit"] or "",
                person["password"],
            )
        console.print(people)
    console.print("The line is open. Ctrl-C stops it.")
