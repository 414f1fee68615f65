"""Passwords (argon2id) and other secrets that people and machines show."""

import asyncio
import hashlib
import hmac
import secrets
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from ipaddress import IPv6Address, IPv6Network, ip_address

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST, LONGEST = 10, 128
"""Characters of a password."""

HASHER = PasswordHasher()
"""argon2id as RFC 9106 wants it where memory is scarce: 64 MiB, 3 rounds."""
_TWO_AT_ONCE = ThreadPoolExecutor(2, "passwords")
"""One check takes 64 MiB and some 50 ms of a core."""
MOST_WAITING = 20
"""Checks for one address: more than people who sign in at a change of shift, for they may all come
from one. Whoever floods the console from there leaves the others' way free."""
MOST_IN_ALL = 80
"""Checks for all addresses together: some seconds of work; the cores are the calls', too."""
_waiting: Counter[str] = Counter()
"""By address, as long as there are any."""


class Busy(Exception):
    """So many wait for a check that another one is not begun."""


def made_up() -> str:
    """A new random password that can be read out."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(4))


async def hashed(password: str) -> str:
    """What is kept of a password."""
    return await asyncio.get_running_loop().run_in_executor(_TWO_AT_ONCE, _hash, password)


async def is_right(password: str, kept: str | None, address: str) -> bool:
    """Whether the password is the one of the hash; None stands for no account. Raises Busy where
    too many checks wait, for this address or in all."""
    network = _network(address)
    if _waiting[network] >= MOST_WAITING or _waiting.total() >= MOST_IN_ALL:
        raise Busy
    loop = asyncio.get_running_loop()
    _waiting[network] += 1
    try:
        right = await loop.run_in_executor(_TWO_AT_ONCE, _check, password, kept)
    finally:
        _waiting[network] -= 1
        if not _waiting[network]:
            del _waiting[network]
    return right


def _network(address: str) -> str:
    """Whose address it is: with IPv6 every subscriber has a network of very many."""
    try:
        found = ip_address(address)
    except ValueError:  # what a proxy says
        return address
    if isinstance(found, IPv6Address) and found.ipv4_mapped is None:
        return str(IPv6Network((found, 64), strict=False))
    return address


def _hash(password: str) -> str:
    return HASHER.hash(password)


@cache
def _nobody() -> str:
    """Checked where there is no such account, so that names cannot be told apart by time."""
    return HASHER.hash(secrets.token_urlsafe())


def _check(password: str, kept: str | None) -> bool:
    nobody = _nobody()  # made at the first check, whoever it is of
    try:
        return HASHER.verify(kept or nobody, password) and kept is not None
    except (VerificationError, InvalidHashError):
        return False


def new_secret() -> str:
    """256 random bits as text, for tokens and sessions."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """What is kept of a random secret: it needs no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


def csrf_token(session_secret: str) -> str:
    """What a page sends with every change beside its cookie; only the page itself can know it."""
    return hashlib.sha256(f"csrf {session_secret}".encode()).hexdigest()


def is_same(one: str, other: str) -> bool:
    """Compares in constant time."""
    return hmac.compare_digest(*(text.encode(errors="surrogateescape") for text in (one, other)))
