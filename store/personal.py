"""Personal values inside JSON: encrypted where they stand, so that the rest stays readable."""

from typing import Any

from store.vault import Cipher

PERSONAL = frozenset({"requester_name", "caller_number", "contact_phone"})
"""Keys whose values are encrypted, wherever in a ticket, an event or a person's log they appear."""


class Erased(Exception):
    """A personal value was given for somebody whose key was destroyed (已删除)."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


def sealed(data: Any, cipher: Cipher | None) -> Any:
    """The data with its personal values encrypted; without a cipher raises Erased for any."""
    if isinstance(data, dict):
        return {
            key: _seal(key, value, cipher) if key in PERSONAL else sealed(value, cipher)
            for key, value in data.items()
        }
    if isinstance(data, list):
        return [sealed(value, cipher) for value in data]
    return data


def opened(data: Any, cipher: Cipher | None) -> Any:
    """What `sealed` was given; without a cipher personal values are None. Raises Unreadable."""
    if isinstance(data, dict):
        return {
            key: _open(key, value, cipher) if key in PERSONAL else opened(value, cipher)
            for key, value in data.items()
        }
    if isinstance(data, list):
        return [opened(value, cipher) for value in data]
    return data


def _seal(key: str, value: Any, cipher: Cipher | None) -> str | None:
    if value is None:
        return None
    if cipher is None:
        raise Erased(key)
    return cipher.seal(key, value)


def _open(key: str, token: str | None, cipher: Cipher | None) -> Any:
    return None if token is None or cipher is None else cipher.open(key, token)
