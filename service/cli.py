"""The command line (contract §1). Commands are imported only when they are used."""

import importlib
from typing import Any

import click

from service import __version__
from service.errors import Failure, HotlineError
from service.output import JSON_ASKED, report
from ticketing.refusal import Refusal

COMMANDS = {
    "up": ("service.commands_up:up", "Set up what is missing and run the line until Ctrl-C."),
    "test": ("service.commands_test:test", "Set up what the tests need and run them all."),
    "doctor": ("service.commands_look:doctor", "Check every part: ok, warning or failed + fix."),
    "status": ("service.commands_look:status", "Calls, queue, agents and speech, live."),
    "reload": ("service.commands_up:reload", "Take a changed configuration, dropping no call."),
    "call": ("service.commands_call:call", "Call the running line as a citizen."),
    "calls": ("service.commands_store:calls", "Call records: list, show."),
    "tickets": (
        "service.commands_tickets:tickets",
        "Tickets: list, show, create, do, verify, suggest.",
    ),
    "users": (
        "service.commands_users:users",
        "Accounts of the console: list, add, roles, password, disable, token, log.",
    ),
    "persons": (
        "service.commands_persons:persons",
        "Persons: list, show, suggest, add, link, unlink, flag, erase, log.",
    ),
    "policy": (
        "service.commands_policy:policy",
        "Versions of the rules: list, show, diff, add, withdraw.",
    ),
    "city": (
        "service.commands_city:city",
        "The city's data: export, diff, import, limit, history, revert.",
    ),
    "knowledge": (
        "service.commands_knowledge:knowledge",
        "The knowledge base: list, show, search, import, export, verify.",
    ),
    "places": ("service.commands_places:places", "The gazetteer: import a table, search."),
    "outbox": ("service.commands_messages:outbox", "Short messages: list, show, retry."),
    "notices": ("service.commands_messages:notices", "What people have to know: list, done."),
    "callbacks": ("service.commands_messages:callbacks", "Citizens to be called back: list."),
    "recordings": ("service.commands_store:recordings", "Recordings: list, show, export."),
    "emergencies": ("service.commands_store:emergencies", "Emergency events: list, show."),
    "prompts": ("service.commands_prompts:prompts", "Prompts: list, build, render."),
    "bench": ("service.commands_bench:bench", "Measure the line or the recognisers."),
}


class Hotline(click.Group):
    """Imports a command when it is asked for, and turns errors into exit statuses."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command = getattr(importlib.import_module(module), name)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except HotlineError as error:
            report(error, as_json=ctx.meta.get(JSON_ASKED, False))
            ctx.exit(error.exit_status)
        except Refusal as refusal:  # of the ticket system: its own code, field and fix
            failure = Failure(refusal.code, refusal.message, field=refusal.field, fix=refusal.fix)
            report(failure, as_json=ctx.meta.get(JSON_ASKED, False))
            ctx.exit(failure.exit_status)


@click.command(
    cls=Hotline,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Example: ./hotline up --demo   (then, in a second terminal: ./hotline call)",
)
@click.version_option(__version__, prog_name="hotline")
def main() -> None:
    """12345 政务服务便民热线: the phone line, call centre and tickets of a city."""


if __name__ == "__main__":
    main(prog_name="hotline")
