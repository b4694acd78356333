"""The moment of a log line, as text."""

import time
from functools import lru_cache


def timestamp() -> str:
    """Return the moment in UTC, to the microsecond (ISO 8601)."""
    seconds, microseconds = divmod(time.time_ns() // 1000, 1_000_000)
    return f"{_second(seconds)}.{microseconds:06d}Z"


@lru_cache(maxsize=4)
def _second(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
