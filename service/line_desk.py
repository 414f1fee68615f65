"""The line's part in its administration: what config.yaml brings, what fits, phones' passwords."""

from console.line_desk import PhoneAccount
from service.line_check import fits_line
from service.line_data import seeds_of
from service.paths import Var
from service.provision.accounts import accounts
from service.ready import sip_address
from service.runtime import Runtime
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
        """The account of a unit's duty phone."""
        runtime = Runtime.load(self._var)
        for account in accounts(runtime.settings):
            if account.role == "unit" and account.number == number:
                return PhoneAccount(
                    username=account.username,
                    password=runtime.secrets.sip[account.username],
                    **sip_address(runtime),
                )
        return None
