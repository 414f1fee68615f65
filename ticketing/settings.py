"""Settings of tickets."""

from typing import Annotated

from pydantic import Field

from store.settings import SettingsModel


class TicketSettings(SettingsModel):
    """Numbering (domain.md §3.4) and attachments."""

    prefix: str = "SQ"
    """First letters of a ticket number (工单编号)."""
    attachment_mb: Annotated[int, Field(ge=1, le=100)] = 20
    """Largest attachment (附件), in MB."""
