"""Digits in recognised text (数字后处理)."""

import pytest

from recordings.speech.digits import with_figures


@pytest.mark.parametrize(
    ("spoken", "written"),
    [
        ("宿城区幸福家园五号楼二单元五零二室", "宿城区幸福家园5号楼2单元502室"),
        ("我的电话是幺三八零零零零零零零一", "我的电话是13800000001"),
        ("打幺幺零没人接", "打110没人接"),
        ("住在十二楼", "住在12楼"),
        ("住在三百零二室", "住在302室"),
        ("二十八号", "28号"),
        ("坐十八路公交", "坐18路公交"),
        ("五一路那个路口", "五一路那个路口"),
        ("他一五一十地说了", "他一五一十地说了"),
        ("一千二百块钱", "一千二百块钱"),
        ("三楼一直冒浓烟", "3楼一直冒浓烟"),
        ("第一楼", "第一楼"),
        ("我们一楼道里", "我们一楼道里"),
        ("两栋楼之间", "两栋楼之间"),
        ("三三两两的人", "三三两两的人"),
        ("", ""),
        ("没有数字", "没有数字"),
    ],
)
def test_figures(spoken: str, written: str) -> None:
    assert with_figures(spoken) == written
