"""Personal data encrypted at rest (静态加密).

Each ticket and each person has a data key of its own, kept beside them wrapped by the city's
master key. Whoever destroys a wrapped key destroys all that was encrypted under it, also in
journals that must not be changed. Numbers are found by keyed hashes under an index key, which
the master key wraps too: a new master key means wrapping keys again and nothing else.

AES-256-GCM with random nonces (NIST SP 800-38D); a data key encrypts a handful of values, and a
wrapping key stays far below 2^32 of them.
"""

import hmac
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

KEY_BYTES = 32
_NONCE_BYTES = 12
_HASH_BYTES = 16


class VaultError(Exception):
    """Personal data cannot be read or written."""


class KeyNeeded(VaultError):
    """The store was opened without the master key."""

    def __init__(self) -> None:
        super().__init__("the store's personal data are encrypted and no master key was given")


class WrongKey(VaultError):
    """The store's keys are wrapped by another master key than the given one."""

    def __init__(self, wanted: str, given: str) -> None:
        super().__init__(
            f"the store's personal data are encrypted under the master key {wanted}, "
            f"not under {given}"
        )
        self.wanted = wanted
        """Id of the key that fits."""


class Unreadable(VaultError):
    """An encrypted value was changed, or belongs to something else."""

    def __init__(self, what: str) -> None:
        super().__init__(f"the encrypted {what} was changed or belongs to something else")


@dataclass(frozen=True)
class MasterKey:
    """The city's master key (主密钥): 32 random bytes, made at set-up."""

    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.secret) != KEY_BYTES:
            raise ValueError(f"a master key has {KEY_BYTES} bytes, not {len(self.secret)}")

    @classmethod
    def new(cls) -> "MasterKey":
        return cls(secrets.token_bytes(KEY_BYTES))

    @classmethod
    def parse(cls, text: str) -> "MasterKey":
        """The key that `str` wrote; raises ValueError."""
        return cls(_bytes(text))

    def __str__(self) -> str:
        return _text(self.secret)

    @property
    def id(self) -> str:
        """Tells keys apart and says nothing of them; 16 hexadecimal digits."""
        return self.derived("id").hex()[:16]

    def derived(self, purpose: str) -> bytes:
        """A key for one purpose (HKDF, RFC 5869; the master key is uniformly random)."""
        return HKDFExpand(SHA256(), KEY_BYTES, f"12345 {purpose}".encode()).derive(self.secret)


class Cipher:
    """Encrypts and decrypts under one data key. Values are those of JSON."""

    def __init__(self, key: bytes) -> None:
        self._aead = AESGCM(key)

    def seal(self, name: str, value: Any) -> str:
        """The value as a token that only opens under the same name."""
        return _sealed(self._aead, json.dumps(value, ensure_ascii=False).encode(), name)

    def open(self, name: str, token: str) -> Any:
        """The value of a token; raises Unreadable."""
        return json.loads(_opened(self._aead, token, name))

    def seal_file(self, name: str, content: bytes) -> bytes:
        """A file's content, which only opens under the same name."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._aead.encrypt(nonce, content, name.encode())

    def open_file(self, name: str, sealed: bytes) -> bytes:
        """What `seal_file` was given; raises Unreadable."""
        return _decrypted(self._aead, sealed, name)


class Vault:
    """Data keys and hashes of one store, under its master key."""

    def __init__(self, master: MasterKey, index_key: bytes) -> None:
        self._wrapping = AESGCM(master.derived("wrapping"))
        self._index = index_key

    def new_key(self, owner: str) -> str:
        """A new data key, wrapped for its owner: a ticket's number or a person's id."""
        return _sealed(self._wrapping, secrets.token_bytes(KEY_BYTES), owner)

    def cipher(self, owner: str, wrapped: str) -> Cipher:
        """Raises Unreadable for a key that is not the owner's."""
        return Cipher(_opened(self._wrapping, wrapped, owner))

    def number_hash(self, number: str | None) -> str | None:
        """What a phone number is found by; None and "" have none."""
        return self._hash("number", number)

    def tail_hash(self, tail4: str | None) -> str | None:
        """What the last four digits of a phone number are found by."""
        return self._hash("tail", tail4)

    def _hash(self, purpose: str, value: str | None) -> str | None:
        if not value:
            return None
        return hmac.digest(self._index, f"{purpose}:{value}".encode(), "sha256")[:_HASH_BYTES].hex()


def wrap_index_key(master: MasterKey, index_key: bytes) -> str:
    """The key of the hashes as the store keeps it."""
    return _sealed(AESGCM(master.derived("wrapping")), index_key, "index")


def unwrap_index_key(master: MasterKey, wrapped: str) -> bytes:
    """Raises Unreadable."""
    return _opened(AESGCM(master.derived("wrapping")), wrapped, "index")


def _sealed(aead: AESGCM, plain: bytes, name: str) -> str:
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return _text(nonce + aead.encrypt(nonce, plain, name.encode()))


def _opened(aead: AESGCM, token: str, name: str) -> bytes:
    try:
        return _decrypted(aead, _bytes(token), name)
    except ValueError:
        raise Unreadable(name) from None


def _decrypted(aead: AESGCM, raw: bytes, name: str) -> bytes:
    try:
        return aead.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], name.encode())
    except (ValueError, InvalidTag):
        raise Unreadable(name) from None


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
