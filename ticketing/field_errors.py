"""What pydantic found wrong with a value, as a refusal that names the key and the fix."""

from pydantic_core import ErrorDetails

from ticketing.refusal import Refusal

_FIXES = {
    "timezone_aware": "请写明时区，例如 2026-10-01T10:00:00+08:00",
    "datetime_parsing": "请按 ISO 8601 填写时间，例如 2026-10-01T10:00:00+08:00",
    "datetime_from_date_parsing": "请按 ISO 8601 填写时间，例如 2026-10-01T10:00:00+08:00",
    "date_parsing": "请填写日期，例如 2026-10-01",
    "date_from_datetime_parsing": "请填写日期，例如 2026-10-01",
    "date_type": "请填写日期，例如 2026-10-01",
    "bool_parsing": "请填写 true 或 false",
    "bool_type": "请填写 true 或 false",
    "int_parsing": "请填写整数",
    "int_type": "请填写整数",
    "string_type": "请填写文字",
    "control_characters": "请去掉控制字符",
    "float_parsing": "请填写数字",
    "float_type": "请填写数字",
    "model_type": "请填写 JSON 对象，例如 {}",
    "model_attributes_type": "请填写 JSON 对象，例如 {}",
    "value_error": "请核对年份等内容后重新填写",
}
_PHONE = "号码请只填数字，例如 13800000001"
_FORMS = {
    "caller_number": _PHONE,
    "called_number": "号码请只填数字，例如 12345",
    "contact_phone": _PHONE,
    "phones": _PHONE,
    "number": _PHONE,
    "phone": _PHONE,
    "ticket_no": "工单编号如 SQ261001000001",
    "external_id": "请填写1至100个字母、数字或符号，例如 wx-1，不含斜线",
    "attachment": "请填写附件的标识",
    "attachment_id": "请填写附件的标识",
}
"""How values with a form of their own are written."""
_CODE = "请用1至40个字母、数字或 _ . -，不含空格和汉字"
PATTERNS = {
    r"^[A-Za-z0-9_.-]{1,40}$": _CODE,
    r"^@?[A-Za-z0-9_.-]{1,40}$": _CODE,
    r"^[A-Za-z0-9_.-]{0,40}$": _CODE,
    r"^[0-9]{4,8}$": "请填写4至8位数字，例如 0401",
    r"^[0-9]{2,20}$": "请填写2至20位数字，例如 8101",
    r"^[a-z][a-z0-9_-]{0,30}$": "请用小写字母开头，只含小写字母、数字、_ 或 -，例如 citizen",
    r"^[a-z][a-z0-9_]{0,40}$": "请用小写字母开头，只含小写字母、数字或 _",
    r"^([01][0-9]|2[0-3]):[0-5][0-9]$": "请填写时刻，例如 08:30",
    r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$": "请填写时刻，例如 17:30；到午夜填 24:00",
    r"^[\u4e00-\u9fff0-9A-Za-z]+$": "电话里要播报：请只用汉字、数字和字母，不含标点和空格",
}
"""How values of a pattern are written, wherever it stands."""
_AS_DOCUMENTED = "请按接口文档规定的写法填写"
_BOUNDS = {"ge": "不小于", "le": "不大于", "gt": "大于", "lt": "小于"}
_SHOWN = 40
"""So much of a wrong value is shown."""


def field_refusal(error: ErrorDetails) -> Refusal:
    """`invalid_value` with the key at fault."""
    field = str(error["loc"][0]) if error["loc"] else None
    context = error.get("ctx", {})
    expected = context.get("expected")
    limits = {key: value for key, value in context.items() if key in _BOUNDS}
    kind = error["type"]
    if kind == "string_pattern_mismatch":
        fix = _FORMS.get(field or "") or PATTERNS.get(context.get("pattern", ""), _AS_DOCUMENTED)
    elif kind == "string_too_long":
        fix = f"请缩短到{context['max_length']}字以内"
    elif kind == "string_too_short":
        least = context["min_length"]
        fix = "请填写内容；选填项没有内容时不要填写" if least == 1 else f"请填写至少{least}个字"
    elif kind == "too_short":
        fix = f"请至少填写{context['min_length']}项"
    elif kind == "too_long":
        fix = f"最多填写{context['max_length']}项"
    elif expected:
        fix = f"请从以下取值中选择：{str(expected).replace(' or ', '、').replace(', ', '、')}"
    elif limits:
        fix = "请填写" + "、".join(f"{_BOUNDS[key]}{value:g}" for key, value in limits.items())
    else:
        fix = _FIXES.get(kind, "请改正后再提交")
    shown = str(error["input"])[:_SHOWN]
    return Refusal("invalid_value", field, f"{field}的值“{shown}”无效", fix)
