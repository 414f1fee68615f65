"""An agent dispatches where the suggester is sure of what he wrote (T7), not of what was heard."""

from datetime import timedelta
from pathlib import Path

import pytest

from service.provision.debian import cache_dir
from store.engine import Store
from tests.unit.ticket_story import instant
from ticketing.refusal import Refusal
from ticketing.suggest.live import LiveSuggestions
from ticketing.tickets import Tickets

NOW = instant("10-01 09:00")
AGENT = {"actor": "1001", "role": "agent", "at": NOW}
WRITTEN = {
    "request_type": "help",
    "region_code": "321302",
    "acceptance_basis": "6.2",
    "content": "宿城区幸福家园小区从早上到现在一直停水，一点水都没有",
}


async def test_what_an_agent_wrote_decides_whether_he_dispatches(
    store: Store, tmp_path: Path
) -> None:
    suggestions = LiveSuggestions(store, tmp_path / "own.npz", cache_dir(), tmp_path / "city")
    await suggestions.current()
    tickets = Tickets(store, suggestions=suggestions)
    draft = await tickets.draft_from_call(
        "c1", "agent", caller_number="13800000001", called_number="12345", at=NOW, agent_no="1001"
    )
    number = draft.ticket_no
    await tickets.set_transcript(number, "市民：喂，你好", 0.9, at=NOW)
    taken = await tickets.do(number, "accept", WRITTEN, **AGENT)
    assert taken.suggestion is not None
    unit = taken.suggestion["unit"]
    assert unit["confidence"] >= 0.6, unit
    # The call goes on, and is heard once more at its end.
    later = NOW + timedelta(minutes=2)
    heard = await tickets.set_transcript(number, "市民：喂，你好\n市民：谢谢", 0.9, at=later)
    assert heard.suggestion == taken.suggestion
    elsewhere = {"unit": "GAJ", "answer_type": "investigate"}
    with pytest.raises(Refusal, match="派单建议的把握不足"):
        await tickets.do(number, "dispatch", elsewhere, **AGENT | {"at": later})
    there = {"unit": unit["code"], "answer_type": "investigate"}
    sent = await tickets.do(number, "dispatch", there, **AGENT | {"at": later})
    assert (sent.state.value, sent.unit) == ("dispatched", unit["code"])
    assert await tickets.verify(number) == []
