"""The line's part in its administration: what config.yaml brings, what fits, phones' passwords."""

from dataclasses import asdict

from console.line_desk import (
    MenuArrow,
    MenuBox,
    MenuDrawing,
    MenuFaultInfo,
    PhoneAccount,
    PromptInfo,
)
from ivr.menu_graph import graph
from ivr.menus import Menus
from service.line_check import fits_line, menu_faults
from service.line_data import seeds_of
from service.paths import Var
from service.prompt_desk import prompt_list, sound_of
from service.provision.accounts import accounts
from service.ready import sip_address
from service.runtime import Runtime
from store.types import JsonObject
from ticketing.city_files import Entries


class VarDesk:
    """The desk of the line on one VAR, running or not."""

    def __init__(self, var: Var) -> None:
        self._var = var

    def seeds(self) -> Entries:
        """What config.yaml brings, as the line took it last."""
        return seeds_of(Runtime.settings_of(self._var))

    def fits(self, after: Entries) -> None:
        """Raises Refusal for data with which the line could not run."""
        fits_line(Runtime.settings_of(self._var), after)

    def phone(self, number: str) -> PhoneAccount | None:
        """The account of a desk phone: a unit's, or an agent's."""
        runtime = Runtime.load(self._var)
        for account in accounts(runtime.settings):
            if account.role in ("unit", "agent", "supervisor") and account.number == number:
                return PhoneAccount(
                    username=account.username,
                    password=runtime.secrets.sip[account.username],
                    **sip_address(runtime),
                )
        return None

    def draw(self, menus: JsonObject) -> MenuDrawing:
        """Menus as a drawing, or what is wrong with them."""
        faults = menu_faults(Runtime.load(self._var).settings, menus)
        if faults:
            told = [
                MenuFaultInfo(path=[str(part) for part in one.path], message=one.told)
                for one in faults
            ]
            return MenuDrawing(boxes=[], arrows=[], faults=told)
        drawn = graph(Menus.model_validate(menus))
        return MenuDrawing(
            boxes=[MenuBox.model_validate(asdict(one)) for one in drawn.boxes],
            arrows=[MenuArrow.model_validate(asdict(one)) for one in drawn.arrows],
            faults=[],
        )

    def prompts(self) -> list[PromptInfo]:
        """All prompts of the line."""
        return prompt_list(Runtime.load(self._var))

    def listen(self, key: str, text: str | None) -> bytes:
        """A WAV file of a prompt."""
        return sound_of(Runtime.load(self._var), key, text)
