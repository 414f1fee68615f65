"""Trains the classifier of emergencies from the city's sentences.

python -m ticketing.emergency_train [--sentences FILE] [--out FILE]

Takes some seconds. The sentences are widened with what
callers put before and behind, and with homophones as recognisers write them.
"""

import argparse
import csv
import json
import random
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from ticketing import citydata
from ticketing.citydata import CITY_FOLDER
from ticketing.emergency_model import BUCKETS, NONE, EmergencyModel, columns
from ticketing.emergency_sound import plain, syllables

OPENINGS = (
    "喂",
    "喂你好",
    "你好",
    "您好我想说一下",
    "那个",
    "是12345吗",
    "同志",
    "喂喂",
    "我跟你说",
)
PLACES = (
    "在宿城区",
    "在宿豫区",
    "在沭阳县城",
    "泗阳这边",
    "泗洪这边",
    "在洋河新区",
    "在幸福家园五号楼",
    "我们小区",
    "在我们村",
    "在学校门口",
    "在人民路",
    "在菜市场",
    "在古黄河边上",
    "在骆马湖边",
    "三号楼",
)
ENDINGS = ("快点", "快来人啊", "怎么办", "你们快派人", "赶紧的", "麻烦你们了", "谢谢")
HOMOPHONE_SHARE = 0.15
COPIES = 4
FRAGMENT = 8
"""Characters of a piece of a sentence that means nothing by itself; not copied as often."""
WRAPPED_SHARE = 0.3
EVERYDAY_COPIES = 4
HAPPENING = ("{}", "有人{}", "这里{}", "{}快来人", "我家{}了")
"""How a trigger word is said when it happens now."""
NOT_HAPPENING = (
    "昨天{}，后来处理好了，想问赔偿",
    "上个月{}，到现在没有结果",
    "之前{}的事，我对处理结果不满意",
    "听说那边{}，是真的吗",
    "请问{}的手续怎么办理",
    "{}的演练通知",
    "{}的宣传讲座什么时候有",
    "万一{}怎么办，希望你们来检查",
    "担心{}，希望尽快整改",
    "感谢你们上次处理{}",
    "{}的费用医保能不能报销",
    "去年{}，案子一直没结",
)
"""And when it is past, feared, asked about or praised: the same words, no emergency."""


EVERYDAY = (
    "{}",
    "我家{}",
    "有人{}",
    "我们小区{}的问题",
    "{}没人管",
    "{}了，快派人来处理",
    "我要反映{}",
    "孩子的{}",
    "{}怎么办",
    "河边{}",
    "我的{}",
    "{}不来了",
)
"""How the matters of the city's categories are said."""


def everyday(keywords: Iterable[str], seed: int = 0) -> list[tuple[str, str]]:
    """Ordinary matters, so that 有人 and 我家 alone mean nothing."""
    chance = random.Random(seed)
    return [
        (NONE, frame.format(keyword))
        for keyword in keywords
        for frame in chance.sample(EVERYDAY, EVERYDAY_COPIES)
    ]


def framed(
    sentences: list[tuple[str, str]], words: dict[str, list[str]], seed: int = 0
) -> list[tuple[str, str]]:
    """Sentences made of trigger words and of the emergencies themselves, in both meanings."""
    chance = random.Random(seed)
    out = []
    for service, listed in words.items():
        for word in listed:
            said = word.replace("…", "")
            out += [(service, frame.format(said)) for frame in chance.sample(HAPPENING, 2)]
            out += [(NONE, frame.format(said)) for frame in chance.sample(NOT_HAPPENING, 1)]
    for label, text in sentences:
        if label != NONE and chance.random() < WRAPPED_SHARE:
            out.append((NONE, chance.choice(NOT_HAPPENING).format(text)))
    return out


def widened(sentences: list[tuple[str, str]], seed: int = 0) -> list[tuple[str, str]]:
    """The sentences and their copies, in a fixed random order of changes."""
    chance = random.Random(seed)
    sounds = _by_sound(text for _, text in sentences)
    by_label = defaultdict(list)
    for label, text in sentences:
        by_label[label].append(text)
    out = list(sentences)
    for label, text in sentences:
        for copy in range(1 if label == NONE and len(text) <= FRAGMENT else COPIES):
            changed = text
            if chance.random() < 0.3:
                changed = chance.choice(OPENINGS) + changed
            if chance.random() < 0.4:
                place = chance.choice(PLACES)
                changed = place + changed if chance.random() < 0.5 else changed + place
            if chance.random() < 0.25:
                changed += chance.choice(ENDINGS)
            if chance.random() < 0.2:
                changed += chance.choice(by_label[label])
            if copy % 2:
                changed = _misheard(changed, sounds, chance)
            out.append((label, changed))
    return out


def _by_sound(texts: Iterable[str]) -> dict[str, list[str]]:
    sounds: dict[str, set[str]] = defaultdict(set)
    for text in texts:
        bare = plain(text)
        for character, sound in zip(bare, syllables(bare), strict=False):
            sounds[sound].add(character)
    return {sound: sorted(characters) for sound, characters in sounds.items()}


def _misheard(text: str, sounds: dict[str, list[str]], chance: random.Random) -> str:
    bare = plain(text)
    spoken = syllables(bare)
    if len(spoken) != len(bare):
        return bare
    return "".join(
        chance.choice(sounds.get(sound, [character]))
        if chance.random() < HOMOPHONE_SHARE
        else character
        for character, sound in zip(bare, spoken, strict=True)
    )


def train(
    sentences: list[tuple[str, str]], words: dict[str, list[str]], keywords: Iterable[str]
) -> EmergencyModel:
    """A model of (label, text) pairs, trigger words by service and words of ordinary matters."""
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression

    rows = [*widened(sentences), *framed(sentences, words), *everyday(keywords)]
    found = [columns(text) for _, text in rows]
    starts = np.cumsum([0, *map(len, found)])
    values = np.concatenate([np.full(len(one), 1 / np.sqrt(len(one))) for one in found])
    matrix = csr_matrix((values, np.concatenate(found), starts), shape=(len(rows), BUCKETS))
    model = LogisticRegression(C=20.0, max_iter=400)
    model.fit(matrix, [label for label, _ in rows])
    return EmergencyModel(tuple(map(str, model.classes_)), model.coef_, model.intercept_)


def read_sentences(path: Path) -> list[tuple[str, str]]:
    """(service or none, text) of a file of sentences. Raises OSError, KeyError."""
    with path.open(encoding="utf-8", newline="") as file:
        return [(row["service"], row["text"]) for row in csv.DictReader(file)]


def main() -> None:
    parser = argparse.ArgumentParser(description="Trains the classifier of emergencies.")
    parser.add_argument("--sentences", type=Path, default=CITY_FOLDER / "emergency_sentences.csv")
    parser.add_argument("--out", type=Path, default=CITY_FOLDER / "emergency_model.npz")
    options = parser.parse_args()
    sentences = read_sentences(options.sentences)
    words = json.loads((CITY_FOLDER / "emergency.json").read_text(encoding="utf-8"))["services"]
    triggers = {word for listed in words.values() for word in listed}
    categories = citydata.load().categories.values()
    keywords = [word for one in categories for word in one.keywords if word not in triggers]
    train(sentences, words, keywords).write(options.out)
    print(f"{options.out}: trained on {len(sentences)} sentences")


if __name__ == "__main__":
    main()
