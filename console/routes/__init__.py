"""The operations by subject; each module declares a `routes` that is listed here."""

from console.routes import (
    accounts,
    attachments,
    callers,
    calls,
    desk,
    drafts,
    intake,
    knowledge,
    line,
    lookups,
    matters,
    messages,
    own_account,
    phone,
    printing,
    reporters,
    session,
    tickets,
)
from console.routing import Route

ALL: tuple[Route, ...] = (
    *session.routes,
    *own_account.routes,
    *accounts.routes,
    *printing.routes,
    *tickets.routes,
    *matters.routes,
    *attachments.routes,
    *intake.routes,
    *calls.routes,
    *callers.routes,
    *lookups.routes,
    *knowledge.routes,
    *reporters.routes,
    *line.routes,
    *desk.routes,
    *messages.routes,
    *phone.routes,
    *drafts.routes,
)
