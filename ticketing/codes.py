"""Codes of categories, regions and units that people give: those of the city's data."""

from datetime import date

from ticketing.citydata import Category, CityData
from ticketing.new_ticket import NewTicket
from ticketing.refusal import Refusal


def check_codes(told: NewTicket, city: CityData, day: date) -> None:
    """Raises Refusal for a code that is none, or that new matters may not have on that day."""
    for name, known, file in (
        ("region_code", city.regions, "regions.json"),
        ("category_l1", city.l1_names, "taxonomy.json"),
        ("category_l2", city.categories, "taxonomy.json"),
    ):
        value = getattr(told, name)
        if value is not None and value not in known:
            fix = f"请填写 {file} 中的代码，例如{min(known)}"
            raise Refusal("invalid_value", name, f"没有代码{value}", fix)
    l1, l2 = told.category_l1, told.category_l2
    if l2 is not None:
        category = city.categories[l2]
        if l1 is not None and category.l1_code != l1:
            raise Refusal(
                "invalid_value",
                "category_l1",
                f"二级分类{l2}不属于一级分类{l1}",
                f"请填写{category.l1_code}，或只填二级分类",
            )
        _in_use(category, city, day)
    if told.target_unit is not None and told.target_unit not in city.units:
        raise Refusal(
            "unknown_unit",
            "target_unit",
            f"没有代码为{told.target_unit}的单位",
            "请填写成员单位代码，其他对象请填 target_name",
        )


def _in_use(category: Category, city: CityData, day: date) -> None:
    if category.is_active(day):
        return
    successor = city.categories.get(category.successor or "")
    fix = f"请改用{successor.code}（{successor.l2}）" if successor else "请选择其他分类"
    raise Refusal(
        "invalid_value", "category_l2", f"分类{category.code}（{category.l2}）已停用", fix
    )
