"""Traditional characters (繁体) written as simplified ones (简体)."""

from functools import cache

from opencc import OpenCC


@cache
def _converter() -> OpenCC:
    return OpenCC("t2s")


def simplified(text: str) -> str:
    """`樓道裡著火了` → `楼道里着火了`."""
    converted: str = _converter().convert(text)
    return converted
