"""Progress query (进度查询, domain.md §4.6): only unit, status and dates are spoken."""

from ivr.call import Call
from ivr.line import Line
from ivr.menus import TO_PERSON, Action
from ticketing.tickets import Progress

TRIES = 3
CODE_LENGTH = 8
TAIL_LENGTH = 4
FIRST_DIGIT_SECONDS = 8.0
PERSON = "0"
ZERO_SECONDS = 2.5
"""No code begins with 0, but a telephone's tail may: for so long it may go on."""


class WantsPerson(Exception):
    """The caller pressed 0 in place of a number, or nothing at all (R-2-1)."""


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
    # Other keys, such as the # after the last number, do not cut it short.
    digit = await call.ask(*line.prompts.media(key, **values), seconds=5, keys="01")
    call.visit("progress_told", digit)
    if digit is not None:
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
        code = await _number(call, *question, length=CODE_LENGTH, zero_seconds=0.0)
        call.visit("query_code", "code" if code else None)
        if len(code) == CODE_LENGTH:
            question = line.prompts.media("query_verify")
            tail = await _number(call, *question, length=TAIL_LENGTH, zero_seconds=ZERO_SECONDS)
            ticket = await line.tickets.by_query_code(code, tail)
            if ticket is not None:
                return line.tickets.progress(ticket)
        question = line.prompts.media("query_notfound")
    return None


async def _number(call: Call, *question: str, length: int, zero_seconds: float) -> str:
    typed = await call.enter(
        *question, length=length, seconds=FIRST_DIGIT_SECONDS, alone={PERSON: zero_seconds}
    )
    if typed == PERSON:
        raise WantsPerson
    if not typed:
        await call.say("menu_timeout")
        raise WantsPerson
    return typed
