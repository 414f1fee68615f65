"""Notices of what many call about (热点通知), e.g. a power cut; on screen and on the line."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from ticketing.city_rows import Code, StrictRow, Words, unfit
from ticketing.new_ticket import Time

LONGEST = timedelta(days=30)
"""A notice that is older is no news."""

Spoken = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=20, pattern=r"^[\u4e00-\u9fff0-9A-Za-z]+$"
    ),
]
"""Words in the middle of a spoken sentence: no marks."""


class Notice(StrictRow):
    """热点通知"""

    id: Code = Field(title="编号")
    area: Spoken = Field(title="区域", description="例如 宿城区、部分小区")
    reason: Spoken = Field(title="原因", description="例如 管道抢修")
    event: Spoken = Field(title="事件", description="例如 停水")
    expected_at: Time = Field(title="预计恢复时间")
    starts_at: Time | None = Field(default=None, title="开始时间", description="留空：立即")
    until: Time = Field(title="失效时间", description="到时自动停止")
    region: Code | None = Field(
        default=None,
        title="所在区划",
        description="填写后，已知在其他区划的来电人不再听到",
        json_schema_extra={"names": "regions"},
    )
    on_line: bool = Field(default=True, title="电话播报")
    details: Words | None = Field(default=None, title="话务员说明", description="只在屏幕上显示")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.starts_at is not None and self.until <= self.starts_at:
            raise unfit("until", "失效时间应晚于开始时间")
        return self

    @property
    def said(self) -> tuple[object, ...]:
        """What of it is spoken: who has heard that needs not hear it again."""
        return self.area, self.reason, self.event, self.expected_at

    def concerns(self, regions: Collection[str]) -> bool:
        """Whether it is for somebody whose matters are in these regions; nothing is known: yes."""
        return self.region is None or not regions or self.region in regions

    def is_active(self, now: datetime) -> bool:
        """Whether it is told now."""
        return (self.starts_at is None or self.starts_at <= now) and now < self.until


def active(notices: Iterable[Notice], now: datetime) -> list[Notice]:
    """What is told now, what ends first at the head."""
    return sorted((one for one in notices if one.is_active(now)), key=lambda one: one.until)
