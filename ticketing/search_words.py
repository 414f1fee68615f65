"""Words of the full-text index (全文检索), of texts and of what people look for.

Chinese is written without blanks, so each run of characters is cut into overlapping pairs:
路灯不亮 is 路灯 灯不 不亮, and 亮 to end the run, so that a single character is the beginning of a
word wherever it stands. Letters and digits of other scripts are words as they are. Every word
begins with a letter that says in which part of the ticket it stands.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

LONGEST_QUERY = 100
"""Characters."""
MOST_WORDS = 10
_LONGEST_PART = 8_000
"""Characters of a text that are indexed: more than a call of half an hour."""
_LONGEST_WORD = 60
_CHINESE = r"\u3005\u3007\u3041-\u3096\u30a1-\u30fa\u3400-\u9fff\uac00-\ud7a3\U00020000-\U0003ffff"
_RUN = re.compile(rf"[{_CHINESE}]+|[^\W_{_CHINESE}]+")


@dataclass(frozen=True)
class Term:
    """A word as somebody looks for it: index words that follow each other."""

    text: str
    words: tuple[str, ...]
    is_prefix: bool
    """Whether the last one may be the beginning of a word."""

    @property
    def digits(self) -> str | None:
        """The term if it may be (the end of) a phone number."""
        number = "".join(_RUN.findall(self.text))
        is_number = number.isascii() and number.isdecimal()
        return number if is_number and 4 <= len(number) <= 15 else None


def normal(text: str) -> str:
    """Width and case make no difference."""
    return unicodedata.normalize("NFKC", text).lower()


def terms(query: str) -> list[Term]:
    """The words of a query, which blanks and signs between them separate; each once."""
    found: dict[str, Term] = {}
    for text in re.split(r"[\s,，、;；]+", normal(query)):
        runs = _RUN.findall(text)
        if not runs:
            continue
        words = [word for run in runs[:-1] for word in _indexed(run)]
        last = runs[-1]
        is_single = _is_chinese(last) and len(last) == 1
        words += [last] if is_single else list(_pairs(last)) if _is_chinese(last) else [_cut(last)]
        found.setdefault(text, Term(text, tuple(words), is_single))
    return list(found.values())


def words(texts: Mapping[str, Iterable[str | None]]) -> list[str]:
    """The words of a ticket, in their order; `texts`: by the letter of the part."""
    return [
        part + word
        for part, values in texts.items()
        for text in values
        for run in _RUN.findall(normal(text or "")[:_LONGEST_PART])
        for word in _indexed(run)
    ]


def spans(text: str, wanted: Iterable[Term]) -> list[tuple[int, int]]:
    """Where the terms stand in a text; in characters of the text, in order, without overlaps."""
    flat, places = _flat(text)
    found = []
    for term in wanted:
        pattern = r"[\W_]*".join(map(re.escape, _RUN.findall(term.text)))
        for match in re.finditer(pattern, flat):
            found.append((places[match.start()], places[match.end() - 1] + 1))
    chosen: list[tuple[int, int]] = []
    for start, end in sorted(found, key=lambda span: (span[0], -span[1])):
        if not chosen or start >= chosen[-1][1]:
            chosen.append((start, end))
    return chosen


def _flat(text: str) -> tuple[str, list[int]]:
    """The normal form of a text, and where each of its characters comes from."""
    flat, places = "", []
    for at, char in enumerate(text):
        form = normal(char)
        flat += form
        places += [at] * len(form)
    return flat, places


def _indexed(run: str) -> Iterator[str]:
    if _is_chinese(run):
        yield from _pairs(run)
        yield run[-1]
    else:
        yield _cut(run)


def _pairs(run: str) -> Iterator[str]:
    return (run[at : at + 2] for at in range(len(run) - 1))


def _cut(word: str) -> str:
    return word[:_LONGEST_WORD]


def _is_chinese(run: str) -> bool:
    return re.match(rf"[{_CHINESE}]", run) is not None
