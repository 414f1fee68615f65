"""The set-up's part in suggestions: what the seed teaches is learnt before anybody asks."""

from collections.abc import Callable

from service.provision.debian import cache_dir


def learn(say: Callable[[str], None]) -> None:
    """Learns it where this machine's cache has it not yet; takes some seconds then.

    Wrong data of suggestions never stop a line: the fault is told, `tickets suggest` refuses.
    """
    from ticketing.citydata import CityDataError
    from ticketing.suggest.ready import seed_model

    try:
        seed_model(cache_dir(), say=say)
    except CityDataError as error:
        say(f"suggestions: {error}")
