"""Who is reached how."""

from datetime import date

from service.city import directory
from service.line_data import LineData, seeds_of
from service.settings import Settings

AGENTS = {"agents": [{"number": "1001"}, {"number": "1002"}]}


def test_an_agent_is_rung_at_the_phone_he_chose() -> None:
    settings = Settings.model_validate(AGENTS)
    book = directory(settings, LineData(seeds=seeds_of(settings)), date(2026, 10, 1))
    assert book.agent("1001").endpoint == "PJSIP/agent-1001"
    assert book.agent("1001", "web").endpoint == "PJSIP/web-1001"
    assert book.duty([("1002", "web"), ("1001", "phone")]) == "PJSIP/agent-1001&PJSIP/web-1002"
    assert book.duty([]) == ""
