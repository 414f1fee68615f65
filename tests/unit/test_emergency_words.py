"""Emergencies in what citizens say: domain.md §5.5, mis-hearings, sentences kept apart."""

import csv
import json
import time
from pathlib import Path

import pytest

from ticketing.citydata import CITY_FOLDER
from ticketing.emergency import CONTEXT, spot
from ticketing.emergency_model import EmergencyModel
from ticketing.emergency_sound import syllables
from ticketing.emergency_words import WordLists

FIXTURES = Path(__file__).parents[1] / "fixtures" / "emergency"

EMERGENCIES = {
    "U01": ("快点快点，我们楼道里着火了，三楼一直冒浓烟，宿城区幸福家园五号楼", "119"),
    "U02": ("有个小孩掉河里了，就在古黄河边上，赶紧来人救啊", "12395"),
    "U03": ("这边饭店门口有人打架，一个人拿着啤酒瓶，头都打破了", "110"),
    "U04": ("我爸突然昏迷了，怎么叫都叫不醒，在沭阳县城", "120"),
    "U05": ("小区里一股很浓的煤气味，我不敢开灯，你们快派人", "119"),
    "U06": ("我被困在电梯里半个多小时了，喘不上气", "119"),
    "U07": ("路上出车祸了，电动车被撞了，人躺地上流血", "122"),
    "X07": ("老公喝多了又打我，我躲在卫生间不敢大声说话", "110"),
    "X08": ("我不想活了，活着没意思", "110"),
}
HARMLESS = {
    "U08": "我想请车主挪车，一辆白色轿车堵住我的车了，我要出门上班",
    "U09": "我们小区从早上到现在一直停水，一点水都没有，家里老人小孩没法做饭",
    "U10": "泗阳这边一个村全停电了，空调冰箱都用不了，什么时候来电",
    "U11": "工地凌晨两点还在打桩，吵得睡不着觉，打了好几次电话没人管",
    "U12": "老板拖欠工资三个月了，我们十几个工人都没拿到钱，快过年了",
    "U13": "我办的健身房会员卡，现在店关门跑路了，退款找不到人",
    "U14": "请问异地就医怎么备案，医保报销比例是多少",
    "U15": "我想提取公积金还房贷，需要带什么材料",
    "U16": "人行道上的井盖没了，黑灯瞎火的，怕有人掉下去",
    "U17": "楼下烧烤店油烟太大，天天晚上熏得开不了窗",
    "U18": "去政务大厅办事，窗口人员态度差，踢皮球让我跑了三趟",
    "U19": "孩子今年上一年级，学区划到哪个学校，什么时候报名",
    "U20": "化工厂往河里排污，河水发黑还有死鱼，我要举报，别透露我的名字",
    "X01": "消防通道被私家车占了，万一着火消防车进不来",
    "X02": "昨天小区有人打架，派出所来了没处理好，我对处理结果不满意",
    "X03": "医院说我爸上个月昏迷抢救的费用医保不给报销",
    "X04": "我想咨询一下怎么办理护照，身份证过期了还能不能办",
    "X05": "天然气收费太高了，一个月四百多块，是不是表坏了",
    "X06": "感谢城管队员帮我找回手机，想给他们送面锦旗",
    "X09": "工地正在打桩，吵得没法睡，你们处理好了打我电话",
}


@pytest.mark.parametrize("name", EMERGENCIES)
def test_emergency_is_transferred_without_asking(name: str) -> None:
    text, service = EMERGENCIES[name]
    for said in (text, " ".join(text), f"喂你好，{text}"):
        found = spot(said)
        assert found is not None and (found.service, found.suppressed_by) == (service, None)


@pytest.mark.parametrize("name", HARMLESS)
def test_harmless_is_never_transferred_without_asking(name: str) -> None:
    found = spot(HARMLESS[name])
    assert found is None or found.suppressed_by is not None


@pytest.mark.parametrize(
    ("heard", "service"),
    [
        ("我们楼道里找火了三楼一直冒农烟", "119"),
        ("有个小孩调合理了快来人救", "12395"),
        ("我爸突然婚迷了怎么叫都叫不行", "120"),
        ("小区里一股很浓的煤气位", "119"),
        ("路上出车货了人躺地上流血", "122"),
        ("他有打我了满脸是血", "110"),
    ],
)
def test_homophones_of_the_recogniser(heard: str, service: str) -> None:
    found = spot(heard)
    assert found is not None and found.service == service


def test_harmless_homophones_are_not_the_words() -> None:
    # 大家 打架 · 拿到 拿刀 · 迟到 持刀 · 看人 砍人 · 运到 晕倒 · 它了 塌了
    for text in ("大家都说好", "房产证拿到了", "上班迟到扣钱", "办事看人", "货运到了", "别提它了"):
        assert spot(text) is None, text


def test_a_word_of_the_requirement_is_enough_where_nothing_else_is_said() -> None:
    data = json.loads((CITY_FOLDER / "emergency.json").read_text(encoding="utf-8"))
    assert len(data["certain"]) >= 60
    for word in data["certain"]:
        for said in (word, f"有人{word}", f"{word}了"):
            found = spot(said)
            assert found is not None and found.suppressed_by is None, said


@pytest.mark.parametrize(
    "text",
    ["家里没气味道", "没气味道很大", "闻到没气味", "没气漏了怎么办"],
)
def test_no_gas_is_no_emergency_but_misheard_gas_is(text: str) -> None:
    found = spot(text)
    assert found is not None and (found.service, found.suppressed_by) == ("119", None)
    for harmless in ("我家没气了", "没气了怎么充值", "燃气没气了", "车胎没气了", "灶上没气了"):
        found = spot(harmless)
        assert found is None or found.suppressed_by is not None, harmless
    dead = spot("我爸没气了快来人")
    assert dead is not None and (dead.service, dead.suppressed_by) == ("120", None)


def test_being_beaten_is_no_telephone() -> None:
    for text in ("他又打我这个月第三次了", "我老公在打我这个疯子"):
        found = spot(text)
        assert found is not None and found.service == "110", text
    assert spot("处理好了打我这个号码") is None


def test_doubt_is_told_and_never_hides_the_service() -> None:
    found = spot("昨天小区有人打架")
    assert found is not None
    assert (found.service, found.trigger, found.suppressed_by) == ("110", "打架", "昨天")
    fear = spot("他拿刀砸门，我好害怕")
    assert fear is not None and fear.suppressed_by is None
    context = spot("和邻居打架的调解书什么时候能拿")
    assert context is not None and context.suppressed_by == CONTEXT


@pytest.mark.parametrize("text", ["", "，。", "   ", "a", "12345", "😀", "着" * 5000])
def test_odd_texts(text: str) -> None:
    found = spot(text)
    assert found is None or found.words


def test_it_is_quick() -> None:
    spot("着火了")
    began = time.process_time()
    for _ in range(50):
        spot(EMERGENCIES["U01"][0])
    assert (time.process_time() - began) / 50 < 0.02


def test_every_trigger_of_the_requirement_is_listed() -> None:
    data = json.loads((CITY_FOLDER / "emergency.json").read_text(encoding="utf-8"))
    assert {"持刀", "跳楼", "走失"} <= set(data["services"]["110"])
    assert {"困在电梯", "煤气味", "倒塌"} <= set(data["services"]["119"])
    assert {"喝农药", "要生了"} <= set(data["services"]["120"])
    assert {"沉船", "翻船"} <= set(data["services"]["12395"])
    assert {"昨天", "演练", "隐患", "万一"} <= set(data["deescalate"])


def test_lists_refuse_a_trigger_that_ends_in_a_gap() -> None:
    data = {"services": {"119": ["着火…"]}, "by_sound": {}, "not": []}
    with pytest.raises(ValueError):
        WordLists({**data, "deescalate": [], "deescalate_not": []})


def test_sound_merges_what_accents_merge() -> None:
    assert syllables("着火") == syllables("找火")
    assert syllables("冒浓烟") == syllables("冒农烟")
    assert syllables("调合理") == syllables("掉河里")


def test_weights_belong_to_the_five_services() -> None:
    model = EmergencyModel.read(CITY_FOLDER / "emergency_model.npz")
    assert set(model.labels) == {"110", "119", "120", "122", "12395", "none"}
    assert abs(sum(model.probabilities("着火了").values()) - 1) < 1e-5


def test_sentences_kept_apart_from_training() -> None:
    """Nothing here was in the training; the floor is what was measured, with some slack."""
    with (FIXTURES / "heldout.csv").open(encoding="utf-8", newline="") as file:
        rows = [(row["service"], row["text"]) for row in csv.DictReader(file)]
    with (CITY_FOLDER / "emergency_sentences.csv").open(encoding="utf-8", newline="") as file:
        trained = {row["text"] for row in csv.DictReader(file)}
    assert not trained & {text for _, text in rows}
    found = [(service, spot(text)) for service, text in rows]
    emergencies = [one for service, one in found if service != "none"]
    harmless = [one for service, one in found if service == "none"]
    sure = sum(one is not None and one.suppressed_by is None for one in emergencies)
    noticed = sum(one is not None for one in emergencies)
    false = sum(one is not None and one.suppressed_by is None for one in harmless)
    assert len(emergencies) >= 60 and len(harmless) >= 60
    assert sure / len(emergencies) >= 0.65
    assert noticed / len(emergencies) >= 0.8
    assert false / len(harmless) <= 0.05
