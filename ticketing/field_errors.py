"""What pydantic found wrong with a value, as a refusal that names the key and the fix."""

from pydantic_core import ErrorDetails

from ticketing.refusal import Refusal

_FIXES = {
    "timezone_aware": "请写明时区，例如 2026-10-01T10:00:00+08:00",
    "datetime_parsing": "请按 ISO 8601 填写时间，例如 2026-10-01T10:00:00+08:00",
    "datetime_from_date_parsing": "请按 ISO 8601 填写时间，例如 2026-10-01T10:00:00+08:00",
    "bool_parsing": "请填写 true 或 false",
    "bool_type": "请填写 true 或 false",
    "int_parsing": "请填写整数",
    "int_type": "请填写整数",
    "string_type": "请填写文字",
    "control_characters": "请去掉控制字符",
    "string_too_long": "请缩短内容",
    "string_too_short": "没有内容时请不要填写此项",
    "string_pattern_mismatch": "号码请只填数字，例如 13800000001",
}
_BOUNDS = {"ge": "不小于", "le": "不大于", "gt": "大于", "lt": "小于"}
_SHOWN = 40
"""So much of a wrong value is shown."""


def field_refusal(error: ErrorDetails) -> Refusal:
    """`invalid_value` with the key at fault."""
    field = str(error["loc"][0]) if error["loc"] else None
    context = error.get("ctx", {})
    expected = context.get("expected")
    limits = {key: value for key, value in context.items() if key in _BOUNDS}
    if expected:
        fix = f"请从以下取值中选择：{str(expected).replace(' or ', '、').replace(', ', '、')}"
    elif limits:
        fix = "请填写" + "、".join(f"{_BOUNDS[key]}{value:g}" for key, value in limits.items())
    else:
        fix = _FIXES.get(error["type"], "请改正后再提交")
    shown = str(error["input"])[:_SHOWN]
    return Refusal("invalid_value", field, f"{field}的值“{shown}”无效", fix)
