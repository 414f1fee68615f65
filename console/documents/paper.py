"""What stands on a printed ticket (工单、承办单), before it is PDF or DOCX. Pure.

It is made from what who prints may see of the ticket: nothing else can get onto the paper.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from console.documents.names import NOTHING, Names, moment, plain
from console.documents.words import (
    CALLBACK_CHANNELS,
    CALLBACK_RESULTS,
    DEFECTS,
    MEASURES,
    REJECTIONS,
    REQUESTS,
    ROLES,
    STEPS,
)
from store.types import JsonObject
from ticketing.exchange.dictionary import NAMES

LABELS = NAMES | {"handling_note": "办理情况"}


@dataclass(frozen=True)
class Field:
    """A label and what stands beside it."""

    label: str
    value: str
    is_wide: bool = False
    """Takes a whole row; else two share one."""


@dataclass(frozen=True)
class Section:
    """A heading with a table of fields."""

    heading: str
    fields: list[Field]


@dataclass(frozen=True)
class Step:
    """A row of the journal (流转记录)."""

    at: str
    who: str
    what: str


@dataclass(frozen=True)
class Paper:
    """A printed ticket."""

    office: str
    """Who issues it."""
    title: str
    number: str
    marks: list[str]
    """What has to strike the eye: 保密, 紧急, 重复投诉."""
    sections: list[Section]
    steps: list[Step]
    signatures: list[str]
    """Who signs."""
    foot: str
    """Who has printed it, when, which version."""
    warning: str


def ticket_paper(
    view: JsonObject,
    files: Sequence[str],
    names: Names,
    *,
    for_unit: bool,
    printed_by: str,
    printed_at: datetime,
) -> Paper:
    """The paper of what is seen of a ticket. `files`: names of attachments, as they are seen;
    `for_unit`: it is a unit's (承办单)."""
    printed = moment(printed_at.isoformat())
    is_hidden = view["confidential"] or view["request_type"] == "report"
    return Paper(
        office=f"{names.city_name}12345政务服务便民热线",
        title="承办单" if for_unit else "工单",
        number=view["ticket_no"],
        marks=list(_marks(view)),
        sections=[
            one
            for one in (
                _demand(view, names),
                _assignment(view, names),
                _handling(view, files, names),
                _control(view, names),
            )
            if one.fields
        ],
        steps=[_step(event) for event in view["events"]],
        signatures=["承办人", "承办单位负责人（盖章）", "热线审核人"],
        foot=f"打印人：{printed_by}　打印时间：{printed}　版本：{view['version']}",
        warning="含保密事项，妥善保管，不得外传" if is_hidden else "含个人信息，妥善保管",
    )


def _marks(view: JsonObject) -> Iterator[str]:
    if view["confidential"]:
        yield "保密"
    if view["request_type"] == "report":
        yield "举报"
    if view["urgency"] != "normal":
        yield plain(view["urgency"], {"emergency": "突发紧急", "urgent": "紧急"})
    if view["repeat_rule"] is not None:
        yield f"重复投诉（第{view['repeat_seq']}次）" if view["repeat_seq"] else "重复投诉"
    if view["supervision_level"]:
        yield f"督办（{view['supervision_level']}级）"


def _demand(view: JsonObject, names: Names) -> Section:
    fields = [
        *_pairs(view, names, "state", "channel", "created_at", "accepted_at"),
        *_pairs(view, names, "requester_name", "contact_phone", "request_type", "urgency"),
        Field("诉求分类", names.category(view)),
        Field("行政区划", names.place(view)),
        *_pairs(view, names, "occurred_at", "first_agent_no"),
        *_wide(view, "address_text", "target_name", "title"),
        Field(LABELS["content"], view["content"] or NOTHING, is_wide=True),
        *_wide(view, "expected_result"),
    ]
    return Section("诉求信息", fields)


def _assignment(view: JsonObject, names: Names) -> Section:
    if view["reject_code"] is not None:
        code = view["reject_code"]
        fields = [Field("不予受理依据", f"{code} {REJECTIONS.get(code, '')}".strip(), is_wide=True)]
        return Section("不予受理", fields + _wide(view, "explanation", "guidance"))
    if view["unit"] is None and view["dispatched_at"] is None:
        return Section("派办信息", [])
    assisting = "、".join(names.unit(code) for code in view["assist_units"])
    fields = [
        Field(LABELS["unit"], names.unit(view["unit"])),
        Field(LABELS["assist_units"], assisting or NOTHING),
        *_pairs(view, names, "answer_type", "dispatched_at", "sign_due", "signed_at"),
        *_pairs(view, names, "answer_due", "resolve_due", "original_due", "resolved_at"),
    ]
    for one in view["extension_requests"]:
        told = f"申请延至{moment(one['new_due'])}：{one['reason']}（{REQUESTS[one['status']]}）"
        fields.append(Field("延期", told, is_wide=True))
    for one in view["return_requests"]:
        told = f"{names.unit(one['unit'])}：{one['ground']}（{REQUESTS[one['status']]}）"
        fields.append(Field("退单", told, is_wide=True))
    return Section("派办信息", fields)


def _handling(view: JsonObject, files: Sequence[str], names: Names) -> Section:
    fields = _wide(view, "answer")
    if view["public_reply"] is not None or view["contacted"] is not None:
        fields += _pairs(view, names, "contacted", "contacted_at", "is_true", "solved")
    fields += _wide(view, "unsolved_reason", "handling_note", "public_reply", "written_opinion")
    for one in (*view["assist_replies"], *view["sub_dispatches"]):
        if one["reply"] is not None:
            fields.append(Field(f"{names.unit(one['unit'])}意见", one["reply"], is_wide=True))
    if view["leader_action"] is not None:
        told = f"{view['leader_name_role'] or ''}：{view['leader_action']}".removeprefix("：")
        fields.append(Field("领导跟进", told, is_wide=True))
    if files:
        fields.append(Field("附件", "\n".join(files), is_wide=True))
    return Section("办理情况", fields)


def _control(view: JsonObject, names: Names) -> Section:
    fields = []
    for one in view["audit"]:
        verdict = "通过" if one["passed"] else f"退回补充：{plain(one['defects'], DEFECTS)}"
        told = f"{moment(one['at'])}　{verdict}　{one['comment'] or ''}"
        fields.append(Field("答复审核", told.strip(), is_wide=True))
    for one in view["callback"]:
        channel = CALLBACK_CHANNELS[one["channel"]]
        score = f"　{one['score']}分" if one["score"] is not None else ""
        told = f"{moment(one['at'])}　{channel}　{CALLBACK_RESULTS[one['result']]}{score}　"
        fields.append(Field("回访", (told + (one["reason"] or "")).strip(), is_wide=True))
    for one in view["supervision"]:
        told = f"{moment(one['at'])}　{MEASURES[one['measure']]}　{one['reason'] or ''}"
        fields.append(Field("督办", told.strip(), is_wide=True))
    if view["close_result"] is not None:
        fields += _pairs(view, names, "close_result", "closed_at")
    return Section("审核、回访与督办", fields)


def _step(event: JsonObject) -> Step:
    role = ROLES.get(event["role"]) or str(event["role"])
    who = role if event["role"] in ("system", "citizen") else f"{role} {event['actor']}"
    what = STEPS.get(event["command"]) or str(event["command"])
    return Step(moment(event["at"]), who, what)


def _pairs(view: JsonObject, names: Names, *fields: str) -> list[Field]:
    return [Field(LABELS[name], names.of(view, name)) for name in fields]


def _wide(view: JsonObject, *fields: str) -> list[Field]:
    """Texts that are there; others take no row."""
    return [Field(LABELS[name], view[name], is_wide=True) for name in fields if view[name]]
