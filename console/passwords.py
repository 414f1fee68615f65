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
_LIGHT = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1)
_TWO_AT_ONCE = ThreadPoolExecutor(2, "passwords")
"""One check takes 64 MiB and some 50 ms of a core."""
MOST_WAITING = 20
"""Checks for one address: more than people who sign in at a change of shift, for they may all come
from one. Whoever floods the console from there leaves the others' way free."""
MOST_IN_ALL = 80
"""Checks for all addresses together: some seconds of work; the cores are the calls', too."""
_waiting: Counter[str] = Counter()
"""By address, as long as there are any."""


FEWEST_CHARACTERS = 4
"""Different ones in a password."""
SHORTEST_LOGIN = 3
"""Shorter names of accounts stand in many a good password."""
_COMMON = """
0123456789a 1a2b3c4d5e 1q2w3e4r5t 1q2w3e4r5t6y 1qaz2wsx3edc 1qazxsw23edc a123456789 a1234567890
a1b2c3d4e5 aa12345678 aa123456789 aa1234567890 abc1234567 abc12345678 abc123456789 abcd123456
abcd1234567 abcd12345678 abcde12345 abcdefghij abcdefghijk adm1n12345 admin12345 admin123456
admin1234567 admin12345678 administrator asd123456789 asdf123456 asdfghjkl1 asdfghjkl123
asdfghjkl; changeme123 hotline123 hotline12345 hotline123456 huawei12345 iloveyou12 iloveyou123
iloveyou1314 jiangsu12345 letmein123 p@ssw0rd123 p@ssword123 passw0rd12 passw0rd123
password01 password10 password11 password12 password123 password1234 password12345
password123456 password888 q123456789 q1w2e3r4t5 q1w2e3r4t5y6 qaz123456789 qazwsx123456
qazwsxedc123 qazwsxedcrfv qq12345678 qq123456789 qq1234567890 qwe123456789 qwer123456
qwerasdfzxcv qwert12345 qwerty1234 qwerty12345 qwerty123456 qwertyuiop qwertyuiop123
root123456 root12345678 suqian12345 suqian123456 test123456 test12345678 user123456
user12345678 welcome123 welcome1234 woaini1314 woaini123456 woaini1314520 woaini5201314
wang123456 zhang123456 z123456789 zaq12wsxcde3 zxc123456789 zxcvbnm123 zxcvbnm1234
zxcvbnm123456
"""
COMMON = frozenset(_COMMON.split())
"""Long enough, and among the first that anybody tries."""


class OfDemo(str):
    """A password of a demonstration (演示密码): random, so that no slow hash has to keep it from
    being guessed; its name is known to everybody, so that a quick answer betrays nothing. Twenty of
    them are made at the first start."""

    __slots__ = ()


class Busy(Exception):
    """So many wait for a check that another one is not begun."""


def made_up() -> str:
    """A new random password that can be read out."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(4))


def weakness(password: str, login: str | None) -> str | None:
    """Why a password is too easily guessed, in Chinese; None: it may be used."""
    plain = password.casefold()
    if not any(one.isalpha() for one in plain):
        return "密码不能只有数字"
    if login is not None and len(login) >= SHORTEST_LOGIN and login.casefold() in plain:
        return "密码不能包含账号名"
    if len(set(plain)) < FEWEST_CHARACTERS:
        return "密码中重复的字符太多"
    if plain in COMMON or plain.rstrip("!@#$%.*_-") in COMMON:
        return "这是常见密码，容易被猜到"
    return None


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
    return (_LIGHT if isinstance(password, OfDemo) else HASHER).hash(password)


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
