"""Which passwords are refused because anybody guesses them (弱密码), and what is kept of them."""

import pytest

from console.account_rules import check_password
from console.passwords import COMMON, SHORTEST, OfDemo, hashed, is_right
from ticketing.refusal import Refusal


@pytest.mark.parametrize(
    ("password", "login", "why"),
    [
        ("123456789", None, "长度"),
        ("x" * 129, None, "长度"),
        ("1234567890", "1001", "只有数字"),
        ("13800000001", "slj1", "只有数字"),
        ("１２３４５６７８９０", None, "只有数字"),
        ("my-dispatcher1-key", "dispatcher1", "账号名"),
        ("Dispatcher1!!", "dispatcher1", "账号名"),
        ("abababababab", "d1", "重复"),
        ("Password123", "d1", "常见"),
        ("Password123!", "d1", "常见"),
        ("qwertyuiop", None, "常见"),
        ("Admin12345", "1001", "常见"),
    ],
)
def test_a_password_that_is_guessed_is_refused_with_the_reason(
    password: str, login: str | None, why: str
) -> None:
    with pytest.raises(Refusal, match=why) as refused:
        check_password(password, login)
    assert refused.value.field == "new_password"
    assert refused.value.fix


@pytest.mark.parametrize(
    ("password", "login"),
    [
        ("correct-horse-battery", "dispatcher1"),
        ("运河边的第三棵柳树真高", "1001"),
        ("d1 likes tea at noon", "d1"),
        ("k7mp-q2xz-9wta-bbce", "1001"),
    ],
)
def test_others_may_be_used(password: str, login: str) -> None:
    assert check_password(password, login) == password


def test_the_list_holds_only_what_would_be_long_enough() -> None:
    assert min(map(len, COMMON)) >= SHORTEST
    assert all(one == one.casefold() for one in COMMON)


async def test_what_is_kept_of_a_demonstration_s_password_is_a_hash_too() -> None:
    password = "k7Rt-m2Qx9pL"
    for given in (password, OfDemo(password)):
        kept = await hashed(given)
        assert kept.startswith("$argon2id$") and password not in kept
        assert ("m=8192,t=1,p=1" in kept) == isinstance(given, OfDemo)
        assert await is_right(password, kept, "127.0.0.1")
        assert not await is_right(f"{password}x", kept, "127.0.0.1")
