"""SIP user agents (SIP 话机): the test citizen of `hotline call`, and the phones of the tests."""

from service.useragent.call import Key, NotHeardError, PhoneCall
from service.useragent.ear import RATE, Ear, Samples
from service.useragent.engine import UserAgents
from service.useragent.hearing import (
    Match,
    Suspicion,
    find,
    inband_keys,
    level,
    longest_hole,
    longest_tone,
    loudness,
    tone,
)
from service.useragent.keys import Press, Wait, parse_keys
from service.useragent.phone import Phone, answer, busy
from service.useragent.prompts import Heard, PromptSet, read_wav
from service.useragent.recogniser import Recogniser

__all__ = [
    "RATE",
    "Ear",
    "Heard",
    "Key",
    "Match",
    "NotHeardError",
    "Phone",
    "PhoneCall",
    "Press",
    "PromptSet",
    "Recogniser",
    "Samples",
    "Suspicion",
    "UserAgents",
    "Wait",
    "answer",
    "busy",
    "find",
    "inband_keys",
    "level",
    "longest_hole",
    "longest_tone",
    "loudness",
    "parse_keys",
    "read_wav",
    "tone",
]
