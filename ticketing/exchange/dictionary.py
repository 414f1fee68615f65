"""The field dictionary of exports (字段字典, R-3-1): key, Chinese name, form, values.

Keys and forms come from the model; docs/fields.md is written by `tickets fields`.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from ticketing.exchange.cells import TEXTS
from ticketing.exchange.record import FIELDS
from ticketing.model import Ticket

NAMES = {
    "ticket_no": "工单编号",
    "query_code": "查询码",
    "version": "版本（事件数）",
    "state": "状态",
    "close_result": "办结结果",
    "created_at": "登记时间",
    "channel": "来源渠道",
    "caller_number": "来电号码",
    "called_number": "被叫号码",
    "call_id": "通话标识",
    "recording_ids": "录音",
    "accepted_at": "受理时间",
    "first_agent_no": "受理人工号",
    "requester_name": "诉求人姓名",
    "salutation": "性别称谓",
    "contact_phone": "联系电话",
    "requester_kind": "身份类型",
    "identity_level": "实名等级",
    "confidential": "是否保密",
    "want_reply": "是否回复、回访",
    "request_type": "诉求类型",
    "category_l1": "诉求分类（一级）",
    "category_l2": "诉求分类（二级）",
    "gbt39666_code": "GB/T 39666 代码",
    "title": "诉求标题",
    "content": "诉求内容",
    "expected_result": "诉求目的",
    "transcript": "转写原文",
    "stt_confidence": "转写置信度",
    "occurred_at": "发生时间",
    "address_text": "事发地址",
    "region_code": "行政区划代码",
    "town": "镇街",
    "village": "村居",
    "lng": "经度",
    "lat": "纬度",
    "target_unit": "涉及单位",
    "target_name": "被反映对象",
    "urgency": "紧急程度",
    "handling_mode": "办理方式",
    "answer_type": "答复类型",
    "acceptance_basis": "受理依据",
    "reject_code": "不予受理依据",
    "unit": "承办单位",
    "lead_unit": "主办单位",
    "assist_units": "协办单位",
    "dispatched_at": "派单时间",
    "signed_at": "签收时间",
    "resolved_at": "办结时间",
    "closed_at": "归档时间",
    "answer_due": "答复时限",
    "sign_due": "签收时限",
    "resolve_due": "办结时限",
    "original_due": "原办结时限",
    "extension_requests": "延期申请",
    "return_requests": "退单申请",
    "handling_note": "办理情况（内部）",
    "public_reply": "公开答复",
    "contacted": "是否联系群众",
    "contacted_at": "联系时间",
    "is_true": "是否属实",
    "solved": "是否解决",
    "unsolved_reason": "未解决原因",
    "written_opinion": "书面意见",
    "audit": "审核结果",
    "callback": "短信、人工回访",
    "supervision_level": "督办级别",
    "key_categories": "重点类别",
    "repeat_of": "重复投诉的原工单",
    "repeat_rule": "重复投诉规则",
    "repeat_seq": "第几次重复",
    "master_ticket": "并入的主工单",
    "event_ids": "热点事件",
    "policy_id": "政策版本",
    "suggestion": "系统建议",
    "draft_kind": "草稿来源",
    "calls": "相关通话",
    "events": "事件流水",
    "state_since": "进入当前状态的时间",
    "merged_from": "并单前的状态",
    "merged_since": "并单前状态的起始时间",
    "referred_at": "上报班长时间",
    "same_matter_as": "人工指认的同一事项工单",
    "corrects": "所更正的误拒工单",
    "answer": "直接解答内容",
    "knowledge_ref": "知识库依据",
    "answered_in_call": "是否通话中解答",
    "answered_at": "解答时间",
    "explanation": "不予受理说明",
    "guidance": "引导去向",
    "emergencies": "紧急转接时间",
    "followed_up_at": "紧急跟进时间",
    "unit_content": "给承办单位的脱敏内容",
    "written_opinion_required": "是否须书面意见",
    "leader_name_role": "跟进领导姓名职务",
    "leader_action": "领导跟进措施",
    "replied_by": "答复人",
    "sub_dispatches": "加派",
    "assist_replies": "协办答复",
    "supervision": "督办记录",
    "first_resolved_at": "首次办结时间",
    "supplement_due": "补充时限",
    "rectify_due": "整改时限",
    "sms_due": "短信回访时限",
    "manual_due": "人工回访时限",
    "clock": "在走的单位时限",
    "clock_started_at": "时限本段起点",
    "clock_stopped_at": "时限暂停时间",
    "clock_used": "时限已用秒数",
    "late": "已超期的时限",
    "erased": "个人信息已删除",
    "letters": "来件登记",
    "digest": "记录校验值（SHA-256）",
}
_SCHEMA = Ticket.model_json_schema(mode="serialization")


def page() -> str:
    """docs/fields.md."""
    rows = "\n".join(_row(name) for name in FIELDS)
    return (
        "# Field dictionary · 字段字典\n\n"
        "Written by `./hotline tickets fields --out docs/fields.md`; do not edit by hand.\n"
        "由命令生成，请勿手工修改。\n\n"
        "Every export has these fields under these keys, in this order; keys and meanings stay. "
        "Unknown is `null` in JSON and an empty cell in tables. Times are ISO 8601 with offset. "
        "Fields marked JSON are JSON text in the cells of CSV and XLSX.\n\n"
        "| key | 中文 | form | values |\n|---|---|---|---|\n" + rows + "\n"
    )


def _row(name: str) -> str:
    values = "、".join(f"`{one}`" for one in _values(_SCHEMA["properties"].get(name, {})))
    return f"| `{name}` | {NAMES[name]} | {_form(name)} | {values} |"


def _form(name: str) -> str:
    if name == "digest":
        return "text"
    field = Ticket.model_fields.get(name)
    if field is not None and "datetime" in str(field.annotation) and name in TEXTS:
        return "time"
    if name in TEXTS:
        return "text"
    kinds = {"boolean": "true/false", "integer": "integer", "number": "number"}
    found = [
        kinds.get(one.get("type", "")) for one in _options(_SCHEMA["properties"].get(name, {}))
    ]
    return next((kind for kind in found if kind), "true/false" if name == "erased" else "JSON")


def _values(schema: Mapping[str, Any]) -> Iterator[str]:
    for one in _options(schema):
        reference = one.get("$ref", "").rpartition("/")[2]
        for value in (_SCHEMA["$defs"][reference] if reference else one).get("enum", ()):
            if value is not None:
                yield str(value)


def _options(schema: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    options: list[Mapping[str, Any]] = schema.get("anyOf", [schema])
    return options
