"""Makes the demo gazetteer: made-up, plausible places of the nine areas; always the same ones.

python -m ticketing.suggest.demo_places > city/places.csv
"""

import csv
import random
import sys
from collections.abc import Iterator
from typing import TextIO

from ticketing.suggest.places_csv import COLUMNS

CENTRES = {
    "321302": (118.24, 33.96),
    "321311": (118.33, 33.94),
    "321322": (118.78, 34.12),
    "321323": (118.70, 33.72),
    "321324": (118.22, 33.46),
    "3213A1": (118.25, 33.89),
    "3213A2": (118.28, 34.03),
    "3213A3": (118.30, 33.91),
    "3213A4": (118.43, 33.77),
}
"""About the middle of each area."""
FIXED = (
    ("321302", "幸福家园", "estate", "幸福家园小区"),
    ("321302", "古黄河", "water", "黄河故道|废黄河"),
    ("321302", "古黄河公园", "park", ""),
    ("3213A2", "骆马湖", "water", "骆马湖边"),
    ("321324", "洪泽湖湿地", "park", ""),
    ("321323", "成子湖", "water", ""),
    ("321322", "沭河公园", "park", ""),
    ("321302", "市民广场", "landmark", ""),
    ("321302", "市政务服务中心", "landmark", ""),
    ("321311", "豫新客运站", "landmark", ""),
)
TOWNS = (
    "双河镇 柳园街道 河清街道 罗桥镇 蔡墩镇",
    "顺堤镇 仰化桥镇 新豫街道 曹店镇 陆圩镇",
    "桑墟桥镇 韩湾镇 钱堰镇 章庙镇 南沭街道 青伊河镇",
    "李堡镇 裴桥镇 众新街道 庄圩桥镇 城厢北街道",
    "双沟桥镇 梅圩镇 归仁桥镇 青阳东街道 界头桥镇",
    "黄河桥街道 南蔡桥乡 古楚新街道",
    "晓店桥镇 皂河桥镇 嶂山街道",
    "园北街道 苏宿街道",
    "洋河北街道 郑圩桥镇 仓集桥镇",
)
"""By the order of CENTRES."""
FIRST = (
    "金色 锦绣 阳光 水岸 书香 翠湖 盛世 和谐 学府 恒泰 御景 世纪 东方 江南 康居 梧桐 碧水 馨悦 "
    "丽景 枫林"
)
LAST = "花园 名都 华庭 雅苑 新城 家苑 公馆 嘉园 府邸 新村 国际 豪庭"
ROAD_FIRST = "人民 青年 发展 洪湖 项王 西湖 太湖 黄山 泰山 珠江 富康 振兴 迎宾 文昌 幸福 徐淮 朝阳"
ROAD_LAST = "路 大道 街 东路 南路"
VILLAGE_FIRST = "张 王 李 陈 刘 赵 徐 朱 胡 葛 卢 丁 蒋 沈 周 吴 孙 谢 魏 汤 邵 耿"
VILLAGE_LAST = "圩村 庄村 湾村 桥村 楼村 墩村 洼村 渡村 集村 堰村"
COMMUNITY = "河滨 城东 新盛 楚街 宝隆 学苑 南园 祥和 翠竹 惠民 龙门 太平"
SCHOOL_FIRST = "实验 育才 新星 明德 启航 钟吾 崇文 向阳"
SCHOOL_LAST = "小学 中学 幼儿园 初级中学"
MARKET = "农贸市场 商贸城 批发市场 购物广场 建材市场"
HOSPITAL = "人民医院 中医院 康复医院"


def rows() -> Iterator[dict[str, str]]:
    """The rows of the table, parents first."""
    chance = random.Random(12345)
    number = 0

    def row(name: str, kind: str, parent: str, region: str, aliases: str = "") -> dict[str, str]:
        nonlocal number
        number += 1
        lng, lat = CENTRES[region]
        spread = 0.02 if region.startswith("3213A") else 0.09
        return {
            "code": f"P{number:04}",
            "name": name,
            "kind": kind,
            "parent": parent,
            "aliases": aliases,
            "lng": f"{lng + chance.uniform(-spread, spread):.5f}",
            "lat": f"{lat + chance.uniform(-spread, spread):.5f}",
            "valid_from": "2020-10-19",
            "valid_to": "",
        }

    for region, towns in zip(CENTRES, TOWNS, strict=True):
        names = towns.split()
        made = [row(town, "town", region, region, _short(town)) for town in names]
        yield from made
        codes = [one["code"] for one in made]
        for fixed in FIXED:
            if fixed[0] == region:
                yield row(fixed[1], fixed[2], codes[0], region, fixed[3])
        taken = {one[1] for one in FIXED}
        for kind, count, first, last in (
            ("estate", 22, FIRST, LAST),
            ("road", 10, ROAD_FIRST, ROAD_LAST),
            ("village", 3 * len(names), VILLAGE_FIRST, VILLAGE_LAST),
            ("school", 6, SCHOOL_FIRST, SCHOOL_LAST),
            ("market", 3, COMMUNITY, MARKET),
            ("hospital", 2, COMMUNITY, HOSPITAL),
        ):
            for name in _names(chance, count, first.split(), last.split(), taken):
                yield row(name, kind, chance.choice(codes), region, _alias(kind, name))
        for name in chance.sample(COMMUNITY.split(), 5):
            yield row(f"{name}社区", "community", chance.choice(codes), region)


def _names(
    chance: random.Random, count: int, first: list[str], last: list[str], taken: set[str]
) -> Iterator[str]:
    while count:
        name = chance.choice(first) + chance.choice(last)
        if len(name) > 2 and name not in taken:
            taken.add(name)
            count -= 1
            yield name


def _short(town: str) -> str:
    """罗桥镇 is also called 罗桥; 新豫 alone would be found in other names than 新豫街道."""
    return "" if town.endswith("街道") else town[:-1]


def _alias(kind: str, name: str) -> str:
    if kind == "estate":
        return f"{name}小区"
    return name.removesuffix("村") if kind == "village" else ""


def write(out: TextIO) -> None:
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows())


if __name__ == "__main__":
    write(sys.stdout)
