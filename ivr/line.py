"""The line: what every flow works with. Made once, at the composition."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ivr.desk.feed import Feed
from ivr.desk.transcripts import Transcripts
from ivr.directory import Directory
from ivr.menus import Menus
from ivr.phones import Phones
from ivr.prompts.book import PromptBook
from ivr.queue.desk import QueueDesk
from ivr.settings import Callbacks, Codes, IvrSettings
from ivr.telephony.switch import Switch
from recordings.speech.pool import SpeechPool
from recordings.spoken import Spoken
from store.callbacks import CallbackRequests
from store.calls import CallLog
from store.emergencies import EmergencyLog
from ticketing.notices import Notice
from ticketing.person_flags import PersonFlags
from ticketing.sign_reminders import SignReminders
from ticketing.tickets import Tickets
from ticketing.voice_callbacks import VoiceCallbacks

if TYPE_CHECKING:
    from ivr.call import Call


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class City:
    """What a reload may change: people, places to dial, menus."""

    settings: IvrSettings
    codes: Codes
    callbacks: Callbacks
    directory: Directory
    did_groups: Mapping[str, str]
    """Skill group of the callers of each public number (DID); the others are `citizen`."""
    menus: Menus
    notices: Sequence[Notice]
    """What waiting callers are told, as far as it is in force (热点通知)."""
    normalise: Callable[[str], str | None]
    """A caller number as the network sent it → national digits, None for none."""


@dataclass
class Line:
    """The running line. `city` is replaced as a whole by a reload."""

    city: City
    switch: Switch
    prompts: PromptBook
    queue: QueueDesk
    calls: CallLog
    emergencies: EmergencyLog
    callbacks: CallbackRequests
    tickets: Tickets
    voice: VoiceCallbacks
    reminders: SignReminders
    flags: PersonFlags
    spoken: Spoken
    speech: SpeechPool | None
    phones: Phones
    feed: Feed
    transcripts: Transcripts
    dialling: "dict[str, Call]" = field(default_factory=dict)
    """Calls that the line makes itself, until somebody talks in them."""
    now: Callable[[], datetime] = field(default=utc_now)
