"""Values given by hand for a prompt (`prompts render`): what a caller would not hear is refused.

The line itself says a generic word instead, for a caller must never hear silence.
"""

from pathlib import Path

from ivr.prompts.catalogue import Catalogue
from ivr.prompts.rendering import GENERIC, Recording, Value, say
from service.errors import Failure

_FIXES = {
    "n": "write a number such as 3",
    "m": "write a number such as 10",
    "tail4": "write digits such as 0001",
    "agent_no": "write digits such as 1001",
    "query_code": "write digits such as 48210937",
    "number": "write a number such as 110",
    "service": "write 110, 119, 120, 122 or 12395",
    "caller_number": "write a telephone number such as 13800000001",
    "due": "write a time such as 2026-10-01T10:00",
    "time": "write a time such as 2026-10-01T10:00",
    "date": "write a day such as 2026-10-01",
    "unit": "write a code or name of city/units.json",
    "topic": "write a code or name of city/taxonomy.json",
    "area": "write a code or name of city/regions.json",
}


def value_of(variable: str, text: str, catalogue: Catalogue) -> Value:
    """The value that `text` means for a variable. Raises Failure where it cannot be said."""
    if variable == "summary":
        recording = Path(text).absolute()
        wav = recording if recording.suffix == ".wav" else Path(f"{recording}.wav")
        if not wav.is_file():
            raise _refused(variable, f"there is no file {wav}", "name a WAV file, 8 kHz mono")
        return Recording(recording)
    known = catalogue.names.get(variable)
    pieces = say(variable, text, catalogue.name)
    # `say` gives this very object, or nothing, where the value cannot be said.
    unspoken = not pieces or pieces[0] is GENERIC.get(variable)
    if variable == "number":  # where a service's name may stand as well
        unspoken = not (text.isascii() and text.isdecimal())
    if unspoken or (known and pieces not in [say(variable, name) for name in known.values()]):
        fix = _FIXES.get(variable, f"choose from {', '.join(known or ())}")
        raise _refused(variable, f"{variable}={text} is nothing that can be said", fix)
    return text


def _refused(variable: str, message: str, fix: str) -> Failure:
    return Failure("invalid_value", message, field=variable, fix=fix)
