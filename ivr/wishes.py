"""What is to replace the flow a caller is in: an emergency or a transfer, and the keys that ask
for an emergency at every point of a call (contract §3)."""

import asyncio
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import datetime

from ivr.emergency_keys import PATIENCE, EmergencyKeys, Wait
from ivr.emergency_keys import Request as KeysRequest
from ivr.requests import (
    ConsultRequest,
    EmergencyRequest,
    InHand,
    Request,
    TransferRequest,
    Trigger,
    UndoRequest,
)
from ivr.telephony.keys import Key


class Wishes:
    """One call's wishes. The root carries them out; an emergency is never behind a transfer."""

    def __init__(self, connected: Callable[[], Collection[str]]) -> None:
        """`connected`: emergency services that the caller is talking with."""
        self._connected = connected
        self._keys = EmergencyKeys()
        self._pressed = asyncio.Event()
        self._pause: asyncio.TimerHandle | None = None
        self._request: Request | None = None
        self._in_hand: InHand | None = None
        self._asked: EmergencyRequest | None = None
        """The request of what is in hand."""
        self.made: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done when something is to replace the flow."""

    def take(self) -> Request:
        """The wish that was made; from now on there may be another."""
        request, self._request = self._request, None
        assert request is not None
        self.made = asyncio.get_running_loop().create_future()
        return request

    def pass_on(self, request: TransferRequest | ConsultRequest) -> bool:
        """Ask for a transfer or a consultation. False: something else comes first, above all an
        emergency."""
        if self._request is not None or self.busy:
            return False
        self._make(request)
        return True

    def emergency(
        self, service: str | None, trigger: Trigger, *, undo_until: datetime | None = None
    ) -> bool:
        """Ask for a service, or for the choice of one (None). False: that is being done already.

        Pressing 9 once more must not begin anew; another service may replace the first one, and
        may be added to one that is connected. `undo_until`: so long it may be taken back.
        """
        connected = self._connected()
        if self._in_hand is not None:
            if service is None or service == self._in_hand.service:
                return False
        elif service in connected or (service is None and connected):
            return False
        replaced = self._asked if self.busy and undo_until is not None else None
        self._ask(service, trigger, InHand(service, undo_until, replaces=replaced))
        return True

    def _ask(self, service: str | None, trigger: Trigger, in_hand: InHand) -> None:
        self._in_hand = in_hand
        self._asked = EmergencyRequest(service, trigger, in_hand)
        self._make(self._asked)

    def undo(self, at: datetime) -> bool:
        """Take the agent's emergency back. False: there is none, or it is too late.

        One that the caller had begun himself goes on.
        """
        in_hand = self._in_hand
        if in_hand is None or in_hand.undo_until is None or at > in_hand.undo_until:
            return False
        in_hand.undone = True
        before = in_hand.replaces
        if before is not None:
            service = before.in_hand.service  # as it was chosen meanwhile
            self._ask(service, before.trigger, InHand(service))
        else:
            self._in_hand = self._asked = None  # from here on keys may ask for one again
            self._make(UndoRequest())
        return True

    @property
    def in_hand(self) -> InHand | None:
        """The emergency that is being dealt with."""
        return self._in_hand

    @property
    def busy(self) -> bool:
        """An emergency is being dealt with."""
        return self._in_hand is not None

    def take_up(self, service: str) -> InHand:
        """An emergency that a former controller had in hand."""
        self._in_hand = InHand(service)
        return self._in_hand

    def over(self, emergency: InHand) -> None:
        """It is connected, given to an agent or ended: keys may ask for one again."""
        if self._in_hand is emergency:
            self._in_hand = self._asked = None

    def _make(self, request: Request) -> None:
        self._request = request
        if not self.made.done():
            self.made.set_result(None)

    # Keys

    def watch(self, key: Key) -> bool:
        """The watcher at the root of the call: sees every key of the caller first."""
        self.close()
        self._pressed.set()
        match self._keys.press(key.digit, key.started, key.ended):
            case KeysRequest(service=service):
                return self.emergency(service, "digits" if service else "key")
            case Wait(seconds=seconds):
                self._pause = asyncio.get_running_loop().call_later(seconds, self._pause_over)
                return True
            case None:
                return False

    def _pause_over(self) -> None:
        self._pause = None
        if self._keys.expire() is not None:
            self.emergency(None, "key")

    def close(self) -> None:
        """No pause is waited for any more."""
        if self._pause is not None:
            self._pause.cancel()
            self._pause = None

    @contextmanager
    def entering_digits(self) -> Iterator[None]:
        """While a code or number is entered digits are digits; `*9` is emergency."""
        self._keys.begin_entry()
        try:
            yield
        finally:
            self._keys.end_entry()

    async def settled(self) -> None:
        """Before an irreversible act by a key that may begin an emergency number: until the keys
        are no such beginning, or no further one has come in time."""
        while self._keys.begun:
            self._pressed.clear()
            try:
                async with asyncio.timeout(PATIENCE):
                    await self._pressed.wait()
            except TimeoutError:
                return
