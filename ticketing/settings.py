"""Settings of tickets."""

from store.settings import SettingsModel


class TicketSettings(SettingsModel):
    """Numbering of tickets (domain.md §3.4)."""

    prefix: str = "SQ"
    """First letters of a ticket number (工单编号)."""
