"""The console's accounts that nobody has to make: those of a demonstration, and the first two."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from console import passwords
from console.accounts import Accounts
from service.demo import DEMO_PEOPLE
from store.types import JsonObjects
from ticketing.citydata import CityData

DEMO = "up --demo"
"""Who made the accounts of a demonstration, in their journals."""
UP = "up"
FIRST = {"security": ("security_admin", "安全管理员"), "admin": ("admin", "系统管理员")}
"""Those who can make all others (domain.md §2.2): name, role, full name."""


@dataclass(frozen=True)
class Preparing:
    """The accounts of a store as `up` finds them."""

    accounts: Accounts
    city: CityData
    at: datetime

    async def demo(self, known: Mapping[str, str]) -> None:
        """Everybody of the demonstration can sign in with the password that `up` prints.

        Accounts of the same name that somebody else made are left alone.
        """
        of_demo = {name: passwords.OfDemo(known[name]) for name in DEMO_PEOPLE}
        await asyncio.gather(*(self._person(name, of_demo[name]) for name in DEMO_PEOPLE))

    async def _person(self, name: str, password: passwords.OfDemo) -> None:
        person = DEMO_PEOPLE[name]
        makers = await self.accounts.password_makers(name)
        if not makers:
            await self.accounts.add(
                name, [person.role], self.city, by=DEMO, at=self.at, full_name=person.full_name,
                unit=person.unit, agent_no=person.agent_no, password=password, must_change=False,
            )  # fmt: skip
        elif makers[0] == DEMO:
            if makers[-1] != DEMO:
                await self.accounts.set_password(
                    name, password, by=DEMO, at=self.at, must_change=False
                )
            if (await self.accounts.get(name)).disabled_at is not None:
                await self.accounts.enable(name, by=DEMO, at=self.at)

    async def real(self) -> JsonObjects:
        """Takes the demonstration's accounts out of use; where nobody else has one, makes the
        first two. Their one-time passwords are in what is given, and nowhere else."""
        everybody = await self.accounts.list()
        of_demo = set(await self.accounts.made_by(DEMO))
        for one in everybody:
            if one.name in of_demo and one.disabled_at is None:
                await self.accounts.disable(one.name, by=UP, at=self.at, even_the_last=True)
        if any(one.disabled_at is None and one.name not in of_demo for one in everybody):
            return []
        taken = {one.name for one in everybody}
        return [await self._first(name) for name in FIRST if name not in taken]

    async def _first(self, name: str) -> dict[str, str]:
        role, full_name = FIRST[name]
        password = passwords.made_up()
        await self.accounts.add(
            name, [role], self.city, by=UP, at=self.at, full_name=full_name, password=password
        )
        return {"name": name, "role": role, "password": password}
