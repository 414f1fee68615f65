"""Names of what belongs to a call in Asterisk, so that a restarted controller finds it again."""

CALLBACK = "callback"
"""Kind of the call ids that the controller itself makes, for calls back."""


def caller_leg(call_id: str) -> str:
    """The citizen's leg. A call that came in has its id from this leg.

    In a call back the citizen is dialled when the agent's leg exists already, and Asterisk
    refuses an id that another channel's id begins with.
    """
    return f"{call_id}.leg.caller.1" if call_id.startswith(f"{CALLBACK}.") else call_id


def recorded_leg(recording: str) -> str | None:
    """The leg whose voice a recording `<call_id>.rec.<role>.<n>` holds; None for a mix."""
    call_id, _, rest = recording.partition(".rec.")
    role, _, n = rest.rpartition(".")
    if role == "mix":
        return None
    return caller_leg(call_id) if role in ("caller", "message") else f"{call_id}.leg.{role}.{n}"
