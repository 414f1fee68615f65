"""JSON that a person hands to a command."""

import json
import sys
from typing import Any

from service.errors import Failure
from service.output import say


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    from store.types import twice

    key = twice(pairs)
    if key is not None:
        raise Failure("invalid_value", f"{key} stands twice", field=key, fix="give it once")
    return dict(pairs)


def read_object(stream: Any) -> dict[str, Any]:
    """The JSON object that a stream holds; raises Failure."""
    if stream is sys.stdin and sys.stdin.isatty():
        say("reading JSON from standard input; end with Ctrl-D")
    try:
        values = json.load(stream, object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        fix = "give one JSON object in UTF-8"
        raise Failure("invalid_value", f"the data are no JSON: {error}", fix=fix) from None
    if not isinstance(values, dict):
        raise Failure("invalid_value", "the data are no JSON object", fix="give one JSON object")
    return values
