"""Progress query (进度查询, domain.md §4.6): only unit, status and dates are spoken."""

from ivr.call import Call
from ivr.line import Line
from ivr.menus import Action, ToQueue
from ticketing.tickets import Progress

TO_PERSON = ToQueue(queue="citizen")

TRIES = 3
CODE_LENGTH = 8
TAIL_LENGTH = 4
FIRST_DIGIT_SECONDS = 8.0


class WantsPerson(Exception):
    """The caller pressed 0 in place of a code."""


async def progress(call: Call, line: Line) -> Action | None:
    """Tell how a matter stands; returns the wish for a person where the caller needs one."""
    call.visit("progress")
    try:
        found = await _own_ticket(call, line) or await _asked_ticket(call, line)
    except WantsPerson:
        found = None
    if found is None:
        return TO_PERSON
    call.reached("query_answered")
    key, values = found.prompt()
    digit = await call.ask(*line.prompts.media(key, **values), seconds=5)
    call.visit("progress_told", digit)
    if digit in ("0", "1"):
        return TO_PERSON
    await call.say("goodbye")
    return None


async def _own_ticket(call: Call, line: Line) -> Progress | None:
    """The caller's number has exactly one open ticket: no code is needed."""
    if call.caller_number is None:
        return None
    tickets = await line.tickets.open_for_number(call.caller_number)
    return line.tickets.progress(tickets[0]) if len(tickets) == 1 else None


async def _asked_ticket(call: Call, line: Line) -> Progress | None:
    question = line.prompts.media("query_code_ask")
    for _ in range(TRIES):
        code = await call.enter(*question, length=CODE_LENGTH, seconds=FIRST_DIGIT_SECONDS)
        call.visit("query_code", "code" if code else None)
        if code == "0":
            raise WantsPerson
        if len(code) == CODE_LENGTH:
            tail = await call.enter(
                *line.prompts.media("query_verify"),
                length=TAIL_LENGTH,
                seconds=FIRST_DIGIT_SECONDS,
            )
            ticket = await line.tickets.by_query_code(code, tail)
            if ticket is not None:
                return line.tickets.progress(ticket)
        question = line.prompts.media("query_notfound")
    return None
