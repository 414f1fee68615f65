"""The option `--as ROLE:NAME`: who acts on a ticket."""

import click


def _role_and_name(
    _context: click.Context, _option: click.Parameter, value: str
) -> tuple[str, str]:
    role, colon, name = value.partition(":")
    if not (role and colon and name):
        raise click.BadParameter("write it like agent:1001")
    return role, name


as_option = click.option(
    "--as",
    "who",
    metavar="ROLE:NAME",
    default="system:operator",
    show_default=True,
    callback=_role_and_name,
    help="Who acts, e.g. agent:1001 or dispatcher:d1.",
)
