"""Entries of the knowledge base: who may do what, validity, what may be cited."""

from datetime import date, timedelta

import pytest

from tests.knowledge_kit import AT, DAY, EDITOR, HEAD, UNIT, content
from ticketing import citydata
from ticketing.knowledge.entry import Command, Entry, EntryContent, evolve
from ticketing.knowledge.rules import LONGEST_REVIEW, check, decide, offered
from ticketing.knowledge.standing import Standing, cited, is_citable, reference, standing
from ticketing.refusal import Refusal
from ticketing.workflow.terms import Actor

CITY = citydata.load()
COLLEAGUE = Actor("kb_editor", "k2")
OTHER_UNIT = Actor("unit_leader", "y1", "YBJ")


def did(
    entry: Entry | None, command: Command, actor: Actor, *, said: EntryContent | None = None
) -> Entry:
    """The entry after a command."""
    reason = "依据已变" if command in ("reject", "retire") else None
    event = decide(entry, "ZS0001", command, actor, AT, content=said, reason=reason)
    return evolve(entry, event)


def proposed(**changes: object) -> Entry:
    return did(None, "propose", UNIT, said=content(**changes))


def published(**changes: object) -> Entry:
    return did(proposed(**changes), "approve", EDITOR)


def refused(*what: object, **more: object) -> tuple[str, str | None]:
    with pytest.raises(Refusal) as caught:
        did(*what, **more)  # type: ignore[arg-type]
    return caught.value.code, caught.value.field


def test_a_unit_proposes_and_the_hotline_publishes() -> None:
    waiting = proposed()
    assert (waiting.state, waiting.published, waiting.versions) == ("proposed", None, 1)
    assert not is_citable(waiting, DAY)
    known = did(waiting, "approve", EDITOR)
    assert (known.state, known.pending, known.seq) == ("published", None, 2)
    assert known.published is not None and known.published.decided_by == "k1"
    assert reference(known) == "ZS0001@1"


def test_a_revision_waits_while_the_published_version_stays() -> None:
    revised = did(published(), "revise", UNIT, said=content(title="社保卡补办"))
    assert (revised.state, revised.content.title, revised.versions) == (
        "published",
        "社保卡挂失与补办",
        2,
    )
    assert did(revised, "approve", HEAD).content.title == "社保卡补办"
    back = did(revised, "reject", EDITOR)
    assert (back.state, back.content.title) == ("published", "社保卡挂失与补办")
    assert back.rejected is not None and back.rejected.reason == "依据已变"


def test_what_was_rejected_may_be_proposed_again_and_what_was_retired_come_back() -> None:
    rejected = did(proposed(), "reject", EDITOR)
    assert rejected.state == "rejected"
    again = did(rejected, "revise", UNIT, said=content())
    assert (again.state, again.versions, again.rejected) == ("proposed", 2, None)
    retired = did(published(), "retire", HEAD)
    assert (retired.state, retired.retired_because) == ("retired", "依据已变")
    back = did(did(retired, "revise", UNIT, said=content()), "approve", EDITOR)
    assert (back.state, back.retired_at) == ("published", None)


def test_nobody_approves_his_own_proposal() -> None:
    own = did(None, "propose", EDITOR, said=content())
    assert refused(own, "approve", EDITOR) == ("same_person", None)
    assert refused(own, "approve", Actor("center_head", "k1")) == ("same_person", None)
    assert did(own, "approve", COLLEAGUE).state == "published"
    assert did(own, "reject", EDITOR).state == "rejected"  # he may take it back


def test_each_role_does_its_part() -> None:
    assert refused(None, "propose", Actor("agent", "1001"), said=content())[0] == "not_allowed"
    assert refused(None, "propose", HEAD, said=content())[0] == "not_allowed"
    assert refused(proposed(), "approve", UNIT)[0] == "not_allowed"
    assert refused(None, "propose", OTHER_UNIT, said=content()) == ("not_allowed", "unit")
    assert refused(published(), "revise", OTHER_UNIT, said=content(unit="YBJ")) == (
        "not_allowed",
        "unit",
    )
    moved = did(published(), "revise", EDITOR, said=content(unit="YBJ"))
    assert moved.units == {"RSJ", "YBJ"}


def test_a_decision_needs_something_to_decide_and_a_reason() -> None:
    assert refused(published(), "approve", EDITOR) == ("wrong_state", None)
    assert refused(proposed(), "retire", EDITOR) == ("wrong_state", None)
    waiting = did(published(), "revise", UNIT, said=content())
    assert refused(waiting, "retire", EDITOR) == ("wrong_state", None)
    with pytest.raises(Refusal) as caught:
        decide(proposed(), "ZS0001", "reject", EDITOR, AT, reason=" ")
    assert (caught.value.code, caught.value.field) == ("missing_field", "reason")


def test_what_one_may_do_is_offered() -> None:
    assert offered(proposed(), [UNIT]) == ["revise"]
    assert offered(proposed(), [OTHER_UNIT]) == []
    assert offered(proposed(), [EDITOR]) == ["revise", "approve", "reject"]
    assert offered(did(None, "propose", EDITOR, said=content()), [EDITOR]) == ["revise", "reject"]
    assert offered(published(), [HEAD]) == ["retire"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"unit": "XXX"}, "unit"),
        ({"categories": ["9999"]}, "categories"),
        ({"region": "999999"}, "region"),
        ({"valid_to": "2025-12-31"}, "valid_to"),
        ({"valid_to": "2026-09-30"}, "valid_to"),
        ({"review_by": "2026-10-01"}, "review_by"),
        ({"review_by": str(DAY + LONGEST_REVIEW + timedelta(days=1))}, "review_by"),
    ],
)
def test_wrong_codes_and_days_are_named(changes: dict[str, object], field: str) -> None:
    with pytest.raises(Refusal) as caught:
        check(content(**changes), CITY, DAY)
    assert caught.value.field == field
    check(content(), CITY, DAY)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2026-03-31", "not_yet"),
        ("2026-04-01", "valid"),
        ("2026-06-30", "valid"),
        ("2026-07-01", "review_due"),
        ("2026-12-31", "review_due"),
        ("2027-01-01", "expired"),
    ],
)
def test_validity_has_first_and_last_days(day: str, expected: Standing) -> None:
    one = content(valid_from="2026-04-01", valid_to="2026-12-31", review_by="2026-06-30")
    assert standing(one, date.fromisoformat(day)) == expected


def test_only_a_published_current_version_is_cited() -> None:
    known = {"ZS0001": published(valid_to="2026-12-31")}
    assert cited(known, "ZS0001", DAY).version == 1
    assert cited(known, " ZS0001@1 ", DAY).version == 1

    def why(entries: dict[str, Entry], text: str, day: date = DAY) -> str:
        with pytest.raises(Refusal) as caught:
            cited(entries, text, day)
        refusal = caught.value
        assert (refusal.code, refusal.field, refusal.article) == (
            "invalid_value",
            "knowledge_ref",
            "3",
        )
        return refusal.message

    assert "已于2026-12-31到期" in why(known, "ZS0001", date(2027, 1, 1))
    assert "自2026-01-01起施行" in why(known, "ZS0001", date(2025, 12, 31))
    assert "没有已发布的条目" in why(known, "ZS0002")
    assert "没有已发布的条目" in why({"ZS0001": proposed()}, "ZS0001")
    newer = did(did(known["ZS0001"], "revise", UNIT, said=content()), "approve", EDITOR)
    assert "现行版本是第2版" in why({"ZS0001": newer}, "ZS0001@1")
    retired = {"ZS0001": did(known["ZS0001"], "retire", EDITOR)}
    assert "已停用：依据已变" in why(retired, "ZS0001@1")
