"""The people of a demo line (citizens, agents, units, desks) at real SIP phones."""

import asyncio
import contextlib
from typing import Any

from service.useragent import Phone, PhoneCall, UserAgents
from tests.e2e.line import Line, wait_for

CITIZEN_TONE, AGENT_TONE, UNIT_TONE, DESK_TONE = 440.0, 1050.0, 1900.0, 2600.0
"""What each party hums, so that a test knows who hears whom; none is a tone of a key."""


class Phones:
    """Registers a demo account when it is first asked for."""

    def __init__(self, line: Line, engine: UserAgents) -> None:
        self.line = line
        self.engine = engine
        self._on_duty: list[Phone] = []

    def account(self, role: str, **wanted: object) -> dict[str, Any]:
        """The first account of a role with those values, e.g. unit="SLJ", contact=2."""
        for account in self.line.ready["accounts"]:
            if account["role"] == role and all(account.get(k) == v for k, v in wanted.items()):
                return dict(account)
        raise LookupError(f"no demo account {role} {wanted}")

    async def phone(self, account: dict[str, Any]) -> Phone:
        """Register an account of ready.json."""
        return await self.engine.phone(
            account["username"], password=account["password"], number=account["number"]
        )

    async def citizen(self, number: str = "13800000001") -> Phone:
        """A citizen's phone (市民)."""
        return await self.phone(self.account("citizen", number=number))

    async def agent(self, number: str = "1001", *, role: str = "agent", duty: bool = True) -> Phone:
        """An agent's phone (话务员), logged in unless `duty` is False."""
        phone = await self.phone(self.account(role, number=number))
        if duty:
            await self.log_in(phone)
        return phone

    async def unit(self, code: str = "SLJ", contact: int = 1) -> Phone:
        """The duty phone of a member unit (成员单位)."""
        return await self.phone(self.account("unit", unit=code, contact=contact))

    async def desk(self, service: str = "110") -> Phone:
        """The lab desk of an emergency service (紧急席位)."""
        return await self.phone(self.account("emergency", service=service))

    async def dial(self, number: str = "", *, citizen: str = "13800000001") -> PhoneCall:
        """A citizen calls the hotline (or another number) and is answered."""
        phone = await self.citizen(citizen)
        call = await phone.call(number or self.line.ready["numbers"]["hotline"])
        return await call.answered()

    async def talk(
        self, agent: str = "1001", *, citizen: str = "13800000001", key: str = "1"
    ) -> tuple[PhoneCall, PhoneCall]:
        """A citizen in a talk with an agent: the call at his phone and at the agent's."""
        phone = await self.agent(agent)
        call = await self.dial(citizen=citizen)
        await call.hears("welcome_short", within=5)
        await call.press(key)
        rung = await phone.incoming(within=15)
        await rung.answer()
        await call.hears("agent_announce", within=15)
        await asyncio.sleep(1)
        return call, rung

    async def code(self, phone: Phone, code: str) -> None:
        """An agent dials a code of contract §3, e.g. agent_login, and waits for the state."""
        call = await phone.call(self.line.ready["codes"][code])
        await call.answered()
        with contextlib.suppress(TimeoutError):
            await call.ended(8)
        await call.hang_up()

    async def log_in(self, phone: Phone) -> None:
        """Log an agent in and wait until the line knows."""
        await self.code(phone, "agent_login")
        self._on_duty.append(phone)
        await wait_for(lambda: self.state(phone), what=f"{phone.username} on duty")

    async def state(self, phone: Phone) -> str | None:
        """The agent's state in `status`; None while he is off duty."""
        return await self.state_of(phone.number)

    async def state_of(self, number: str) -> str | None:
        """State of an agent in `status` by his number."""
        agents = (await self.line.status())["agents"]
        return next((str(a["state"]) for a in agents if a["number"] == number), None)

    async def renew(self) -> None:
        """Register all phones again: a new Asterisk knows nobody."""
        for phone in self.engine.phones:
            await phone.register()

    async def leave(self) -> None:
        """Hang up everything and log everybody out."""
        await self.engine.hang_up_all()
        for phone in self._on_duty:
            with contextlib.suppress(ConnectionError, TimeoutError, AssertionError):
                await self.code(phone, "agent_logout")
