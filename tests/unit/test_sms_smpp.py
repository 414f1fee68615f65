"""Short messages by SMPP 3.4, to a message centre on loopback that speaks it by another library."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from pydantic import SecretStr
from smpp.pdu.pdu_types import CommandStatus

from tests.e2e.line import wait_for
from tests.smsc import MessageCentre
from ticketing.sms.gateway import Incoming, NotSent, Outgoing, Receipt, Unsure
from ticketing.sms.settings import SmppSettings
from ticketing.sms.smpp import SmppGateway

SHORT = Outgoing("1", "13800000001", "【宿迁12345】您好😀", "12345")
LONG = Outgoing("2", "13800000001", "字" * 66 + "😀" + "短信" * 40, None)


@asynccontextmanager
async def gateway(
    centre: MessageCentre, *, password: str = "secret", **more: object
) -> AsyncIterator[tuple[SmppGateway, list[Incoming | Receipt]]]:
    brought: list[Incoming | Receipt] = []

    async def keep(told: Incoming | Receipt) -> None:
        brought.append(told)

    settings = SmppSettings.model_validate(
        {"port": centre.port, "password": SecretStr(password), **more}
    )
    one = SmppGateway(settings, keep)
    async with one.running():
        await wait_for(lambda: centre.binds, what="bind_transceiver")
        await asyncio.sleep(0.05)
        yield one, brought


async def test_a_short_message_goes_out_in_one_piece() -> None:
    async with MessageCentre().running() as centre, gateway(centre) as (one, _):
        name = await one.send(SHORT)
        (taken,) = centre.taken
        assert (taken.to, taken.sender, taken.text) == ("13800000001", "12345", SHORT.text)
        assert (taken.segment, name) == (None, taken.message_id)


async def test_a_long_one_goes_out_in_numbered_segments() -> None:
    async with MessageCentre().running() as centre, gateway(centre) as (one, _):
        await one.send(LONG)
        assert [taken.segment and taken.segment[1:] for taken in centre.taken] == [
            (3, 1),
            (3, 2),
            (3, 3),
        ]
        assert len({taken.segment and taken.segment[0] for taken in centre.taken}) == 1
        assert "".join(taken.text for taken in centre.taken) == LONG.text


async def test_a_long_one_can_go_out_as_a_payload() -> None:
    async with (
        MessageCentre().running() as centre,
        gateway(centre, long_messages="payload") as (one, _),
    ):
        await one.send(LONG)
        (taken,) = centre.taken
        assert (taken.segment, taken.text) == (None, LONG.text)


@pytest.mark.parametrize(
    ("status", "again"),
    [
        (CommandStatus.ESME_RTHROTTLED, True),
        (CommandStatus.ESME_RMSGQFUL, True),
        (CommandStatus.ESME_RINVDSTADR, False),
    ],
)
async def test_a_refusal_says_whether_to_try_again(status: CommandStatus, again: bool) -> None:
    async with MessageCentre(status=status).running() as centre, gateway(centre) as (one, _):
        with pytest.raises(NotSent, match=status.name) as refused:
            await one.send(SHORT)
        assert refused.value.again is again


async def test_without_a_centre_nothing_is_sent() -> None:
    async with MessageCentre().running() as centre:
        pass
    settings = SmppSettings(port=centre.port, password=SecretStr("secret"))

    async def keep(told: Incoming | Receipt) -> None:
        raise AssertionError(told)

    one = SmppGateway(settings, keep)
    async with one.running():
        with pytest.raises(NotSent) as refused:
            await one.send(SHORT)
    assert refused.value.again


async def test_a_wrong_password_sends_nothing() -> None:
    async with (
        MessageCentre().running() as centre,
        gateway(centre, password="wrong") as (one, _),
    ):
        with pytest.raises(NotSent):
            await one.send(SHORT)
        assert centre.taken == []


async def test_a_line_cut_after_the_message_leaves_its_fate_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ticketing.sms.smpp.LONGEST_SECONDS", 0.5)
    async with MessageCentre(is_mute=True).running() as centre, gateway(centre) as (one, _):
        with pytest.raises(Unsure):
            await one.send(SHORT)
        assert len(centre.taken) == 1


async def test_it_comes_back_after_a_cut() -> None:
    centre = MessageCentre()
    async with centre.running(), gateway(centre) as (one, _):
        await one.send(SHORT)
        centre.cut()
        await wait_for(lambda: len(centre.binds) > 1, within=10, what="a second bind")
        await asyncio.sleep(0.05)
        await one.send(SHORT)
        assert len(centre.taken) == 2


async def test_what_a_phone_sends_is_brought_and_then_acknowledged() -> None:
    async with MessageCentre().running() as centre, gateway(centre) as (_, brought):
        await centre.bring("8613800000001", "123450007", "1 谢谢😀")
        await wait_for(lambda: centre.answered, what="deliver_sm_resp")
        (told,) = brought
        assert isinstance(told, Incoming)
        assert (told.number, told.to, told.text) == ("13800000001", "123450007", "1 谢谢😀")


async def test_receipts_tell_what_became_of_a_message() -> None:
    async with MessageCentre().running() as centre, gateway(centre) as (_, brought):
        for number, state in enumerate(("ENROUTE", "DELIVRD", "UNDELIV"), 1):
            await centre.report(f"m{number}", state)
            await wait_for(lambda n=number: len(centre.answered) == n, what="deliver_sm_resp")
        assert [(one.gateway_id, one.delivered) for one in brought if isinstance(one, Receipt)] == [
            ("m2", True),
            ("m3", False),
        ]


async def test_a_receipt_that_cannot_be_read_ends_nothing() -> None:
    async with MessageCentre().running() as centre, gateway(centre) as (one, brought):
        await centre.report("m1", "DELIVRD", done="20261001100000")
        await wait_for(lambda: centre.answered, what="deliver_sm_resp")
        await one.send(SHORT)
        assert len(centre.binds) == 1
        assert all(isinstance(told, Receipt) for told in brought)


async def test_it_shows_that_it_is_there() -> None:
    async with MessageCentre().running() as centre, gateway(centre, enquire_seconds=1):
        await wait_for(lambda: centre.enquiries, what="enquire_link")
