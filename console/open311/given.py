"""What Open311's clients may ask and bring (GeoReport v2)."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from console.errors import ApiError, invalid, of_field
from console.reading import collected
from console.ticket_data import AnyPhone, Code
from ticketing.new_ticket import Short, Text, Time
from ticketing.publishing import PublicQuery

SPAN = timedelta(days=90)
"""A list spans so much at most, and by itself."""
MOST_NUMBERS = 50

M = TypeVar("M", bound=BaseModel)


def _listed(value: Any) -> Any:
    return value.split(",") if isinstance(value, str) else value


_Number = Annotated[str, Field(pattern=r"^[A-Za-z0-9]{1,40}$")]
_Status = Literal["open", "closed"]


class _Given(BaseModel):
    model_config = ConfigDict(extra="forbid")

    jurisdiction_id: Short | None = None
    """There is one city here: it makes no difference."""


class NoQuery(_Given):
    """Nothing but the jurisdiction."""


class RequestsQuery(_Given):
    """GET Service Requests."""

    service_request_id: Annotated[
        list[_Number], BeforeValidator(_listed), Field(max_length=MOST_NUMBERS)
    ] = []
    service_code: Annotated[list[Code], BeforeValidator(_listed), Field(max_length=100)] = []
    start_date: Time | None = None
    end_date: Time | None = None
    status: Annotated[list[_Status], BeforeValidator(_listed), Field(max_length=2)] = []

    def wanted(self, now: datetime) -> PublicQuery:
        """Which tickets are asked for. Raises ApiError where the span is too long."""
        if self.service_request_id:  # the numbers override all else (GeoReport v2)
            return PublicQuery(numbers=self.service_request_id)
        since, until = self.start_date, self.end_date
        if since is None:
            since = (until or now) - SPAN
        until = until or since + SPAN
        if not since <= until <= since + SPAN:
            raise invalid("end_date", f"时间范围不是0至{SPAN.days}天", "请调整start_date和end_date")
        return PublicQuery(
            categories=self.service_code or None,
            since=since,
            until=until,
            is_closed=None if len(set(self.status)) != 1 else self.status[0] == "closed",
        )


class NewRequest(_Given):
    """POST Service Request, as a form."""

    api_key: Annotated[str, Field(min_length=1, max_length=200)]
    service_code: Code
    description: Text
    address_string: Short | None = None
    lat: Annotated[float, Field(ge=-90, le=90)] | None = None
    long: Annotated[float, Field(ge=-180, le=180)] | None = None
    first_name: Short | None = None
    last_name: Short | None = None
    phone: AnyPhone | None = None
    email: Short | None = None
    media_url: Annotated[str, Field(pattern=r"^https?://[!-~]{1,1000}$")] | None = None
    device_id: Short | None = None
    account_id: Short | None = None
    address_id: Short | None = None

    def matter(self) -> dict[str, Any]:
        """The keys of a letter (domain.md §3.4); nothing is fetched from elsewhere."""
        more = {"电子邮箱": self.email, "媒体链接": self.media_url, "地址编号": self.address_id}
        lines = [f"{name}：{value}" for name, value in more.items() if value]
        told = {
            "channel": "other",
            "category_l2": self.service_code,
            "content": "\n".join([self.description, *lines]),
            "address_text": self.address_string,
            "lat": self.lat,
            "lng": self.long,
            "requester_name": "".join(filter(None, (self.last_name, self.first_name))) or None,
            "contact_phone": self.phone,
        }
        return {name: value for name, value in told.items() if value is not None}


def checked(model: type[M], pairs: list[tuple[str, str]]) -> M:
    """The values of a query or a form; empty ones count as not given. Raises ApiError."""
    given = {name: value for name, value in collected(pairs).items() if value.strip()}
    try:
        return model.model_validate(given)
    except ValidationError as error:
        wrong = of_field(error.errors()[0])
        if wrong.code == "missing_field":  # GeoReport v2: 400 where something is missing
            raise ApiError(400, wrong.code, wrong.field, wrong.message, wrong.fix) from None
        raise wrong from None
