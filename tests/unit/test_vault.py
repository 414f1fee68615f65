"""Keys, ciphers and hashes of personal data."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.personal import PERSONAL, Erased, opened, sealed
from store.vault import KEY_BYTES, Cipher, MasterKey, Unreadable, Vault
from tests.stores import MASTER_KEY

VAULT = Vault(MASTER_KEY, bytes(KEY_BYTES))
CIPHER = VAULT.cipher("SQ1", VAULT.new_key("SQ1"))

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*PERSONAL, "title", "_facts"]) | st.text(), inner)
    ),
    max_leaves=8,
)


@given(values)
def test_what_was_sealed_opens_as_it_was(data: Any) -> None:
    assert opened(sealed(data, CIPHER), CIPHER) == data


@given(st.text(min_size=1), st.sampled_from(sorted(PERSONAL)))
def test_sealed_values_are_neither_readable_nor_alike(value: str, name: str) -> None:
    first, second = (sealed({"_facts": [{name: value}]}, CIPHER) for _ in range(2))
    assert first != second
    token = first["_facts"][0][name]
    assert value != token
    assert len(token) > len(value)


@given(values)
def test_of_an_erased_person_nothing_personal_is_read(data: Any) -> None:
    def told(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: None if key in PERSONAL else told(one) for key, one in value.items()}
        return [told(one) for one in value] if isinstance(value, list) else value

    assert opened(sealed(data, CIPHER), None) == told(data)


def test_nothing_personal_is_written_without_a_key() -> None:
    assert sealed({"title": "停水", "contact_phone": None}, None) == {
        "title": "停水",
        "contact_phone": None,
    }
    with pytest.raises(Erased) as erased:
        sealed({"_facts": {"inherited": {"contact_phone": "1"}}}, None)
    assert erased.value.field == "contact_phone"


@pytest.mark.parametrize("change", [lambda t: t[:-3] + "AAA", lambda t: "", lambda t: "中" + t])
def test_a_changed_token_does_not_open(change: Any) -> None:
    token = CIPHER.seal("contact_phone", "13800000001")
    assert CIPHER.open("contact_phone", token) == "13800000001"
    with pytest.raises(Unreadable, match="contact_phone"):
        CIPHER.open("contact_phone", change(token))


def test_a_token_opens_under_its_own_name_key_and_owner_only() -> None:
    token = CIPHER.seal("contact_phone", "13800000001")
    with pytest.raises(Unreadable):
        CIPHER.open("caller_number", token)
    with pytest.raises(Unreadable):
        Cipher(bytes(KEY_BYTES)).open("contact_phone", token)
    wrapped = VAULT.new_key("SQ1")
    with pytest.raises(Unreadable):
        VAULT.cipher("SQ2", wrapped)
    with pytest.raises(Unreadable):
        Vault(MasterKey.new(), bytes(KEY_BYTES)).cipher("SQ1", wrapped)


def test_numbers_are_hashed_under_a_key() -> None:
    found = VAULT.number_hash("13800000001")
    assert found == VAULT.number_hash("13800000001")
    assert found != VAULT.number_hash("13800000002")
    assert found != VAULT.tail_hash("13800000001")
    assert found != Vault(MASTER_KEY, bytes(31) + b"1").number_hash("13800000001")
    assert [VAULT.number_hash(nothing) for nothing in (None, "")] == [None, None]


def test_a_master_key_is_text_and_keeps_to_itself() -> None:
    key = MasterKey.new()
    assert MasterKey.parse(str(key)) == key
    assert str(key) not in repr(key)
    assert len({MasterKey.new().id for _ in range(10)} | {key.id}) == 11
    for wrong in ("", "abc", str(key)[:-4], str(key) + "AAAA", "中文"):
        with pytest.raises(ValueError, match=r"master key|string"):
            MasterKey.parse(wrong)
