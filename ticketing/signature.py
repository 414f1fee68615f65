"""Who decided a change of the city's rules or data, and why (签署): the same words everywhere."""

from ticketing.workflow.terms import missing, refuse

LONGEST_NAME = 80
LONGEST_REASON = 500


def check(by: str, reason: str | None = None) -> None:
    """Raises Refusal for a name or a reason that is empty or longer than the store keeps.

    `reason`: None where the change wants none.
    """
    for name, value in (("by", by), ("reason", reason)):
        if value is not None and not value.strip():
            raise missing(name)
    if len(by) > LONGEST_NAME:
        raise refuse("invalid_value", "by", "姓名过长", f"请填写不超过{LONGEST_NAME}字的姓名")
    if reason is not None and len(reason) > LONGEST_REASON:
        fix = f"请填写不超过{LONGEST_REASON}字的理由"
        raise refuse("invalid_value", "reason", "理由过长", fix)
