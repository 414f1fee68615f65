"""What a classifier sees of a text: characters, words (分词) and toneless sounds (拼音).

Sounds let a text survive the homophones of a recogniser; words carry the meaning of long letters;
pairs of characters carry what no dictionary has.
"""

import re
import warnings
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from ticketing.emergency_sound import by_character, plain

BUCKETS = 1 << 18
LONGEST_TEXT = 600
"""Characters that are read; letters say at their beginning what they are about."""

_CHINESE = re.compile(r"[\u3400-\u9fff]+")


def heart(text: str) -> str:
    """The part of a text that is read, without spaces and punctuation."""
    return plain(text[: LONGEST_TEXT * 2])[:LONGEST_TEXT]


def words(text: str) -> list[str]:
    """The Chinese words of a text in order."""
    return [word for run in _CHINESE.findall(text) for word in cutter()(run)]


def features(text: str) -> Iterator[str]:
    """Names of the features of a text."""
    bare = heart(text)
    yield from bare
    for at in range(len(bare) - 1):
        yield bare[at : at + 2]
    spoken = by_character(bare)
    for first, second in pairwise(spoken):
        yield f"/{first}/{second}"
    for word in words(bare):
        if len(word) > 1:
            yield f"={word}"


def columns(text: str) -> npt.NDArray[np.int64]:
    """Where a text's features are counted, each once; the same in every process."""
    hashed = (zlib.crc32(one.encode()) % BUCKETS for one in features(text))
    return np.unique(np.fromiter(hashed, dtype=np.int64))


@cache
def tokenizer() -> Any:
    """jieba with its own dictionary; takes most of a second the first time."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of escapes in its patterns, at its first import
        import jieba
    made = jieba.Tokenizer()
    # Not from the file in /tmp where it would keep its dictionary: anybody may write there.
    made.FREQ, made.total = made.gen_pfdict(made.get_dict_file())
    made.initialized = True
    return made


def cutter() -> Callable[[str], list[str]]:
    """Cuts a text into words."""
    cut: Callable[[str], list[str]] = tokenizer().lcut
    return cut
