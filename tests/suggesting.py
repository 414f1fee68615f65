"""The real suggester on the city's data, made once for a run of tests."""

from functools import cache
from pathlib import Path

from service.provision.debian import cache_dir
from ticketing.suggest.ready import suggester
from ticketing.suggest.suggester import Suggester

FIXTURES = Path(__file__).parent / "fixtures" / "suggest"


@cache
def ready() -> Suggester:
    return suggester(Path("/nonexistent/suggestions.npz"), cache_dir())
