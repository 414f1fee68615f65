"""A citizen calls 12345 (来电): greeting, menu, and on to whoever helps."""

from ivr.call import Call
from ivr.callers import introduce
from ivr.elderly import elderly_among
from ivr.flows.message import message
from ivr.flows.progress import progress
from ivr.flows.waiting import with_agent
from ivr.line import Line
from ivr.menus import TO_PERSON, Action, Node, ToNode, ToQueue, Verb
from ivr.queue.core import Priority
from store.calls import Stage

CITIZENS = "citizen"


async def inbound(call: Call, line: Line) -> None:
    await call.answer()
    await greet(call, line)


async def greet(call: Call, line: Line) -> None:
    """The way in: elderly callers and direct mode press nothing, others have the menu."""
    call.note(Stage("menu", {}))
    call.introduction = call.spawn(introduce(call, line), name=f"introduction {call.id}")
    if await elderly_among(line, [call.caller_number]):
        await fulfil(call, line, await elderly(call, line))
    elif line.city.settings.mode == "direct":
        await fulfil(call, line, await direct(call, line))
    else:
        await fulfil(call, line, ToNode(node=line.city.menus.modes["menu"]))


async def fulfil(call: Call, line: Line, wish: Action | None) -> None:
    """Do what the caller wishes, and what he wishes then, until nothing is open."""
    while wish is not None:
        match wish:
            case ToNode(node=name) if name in line.city.menus.nodes:
                wish = await menu(call, line, name, line.city.menus.nodes[name])
            case ToNode():  # a reload has taken it away meanwhile
                wish = TO_PERSON
            case ToQueue(queue=group, say=said):
                if said is not None:
                    await call.say(said)
                wish = await with_agent(call, line, _own(call, line, group))
            case Verb(verb="progress"):
                wish = await progress(call, line)
            case Verb(verb="message"):
                wish = None if await message(call, line) else TO_PERSON
            case Verb():
                wish = TO_PERSON


async def elderly(call: Call, line: Line) -> Action | None:
    """Callers on the elderly list (老年人) press nothing and wait least."""
    call.elderly = True
    call.comes_before(Priority.ELDERLY)
    call.visit("elderly_direct")
    await call.say("elderly_direct")
    return await with_agent(call, line, _own(call, line, CITIZENS))


async def direct(call: Call, line: Line) -> Action | None:
    """Direct mode: the agent is rung while the greeting plays (domain.md §4.1)."""
    node = line.city.menus.nodes[line.city.menus.modes["direct"]]
    call.visit("direct")
    queue = node.silence if isinstance(node.silence, ToQueue) else TO_PERSON
    group = _own(call, line, queue.queue)
    greeting = tuple(node.say)
    if not line.queue.staffed(group):
        # Nobody to be rung meanwhile: the offers of the queue count from the greeting's end.
        for key in greeting:
            await call.say(key)
        greeting = ()
    return await with_agent(call, line, group, greeting=greeting, then_say=queue.say)


def _own(call: Call, line: Line, group: str) -> str:
    """Callers of a merged hotline (DID) reach its own skill group where others reach citizens'."""
    return line.city.did_groups.get(call.called_number, group) if group == CITIZENS else group


async def menu(call: Call, line: Line, name: str, node: Node) -> Action:
    """Ask until there is a choice; silence or too many wrong keys is the node's `silence`."""
    for key in node.say:
        await call.say(key)
    if node.ask is None:
        return node.silence
    question = line.prompts.media(node.ask)
    ahead = True
    for attempt in range(node.attempts):
        digit = await call.ask(*question, seconds=node.seconds, ahead=ahead)
        call.visit(name, digit)
        if digit is None:
            return node.silence
        if digit in node.keys:
            return node.keys[digit]
        if node.invalid is not None and attempt + 1 < node.attempts:
            question = line.prompts.media(node.invalid)
        ahead = False
    match node.silence:
        case ToQueue(queue=group):
            return ToQueue(queue=group)
        case other:
            return other
