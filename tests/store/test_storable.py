"""What counts as storable is what PostgreSQL stores, and comes back as it was."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.contract.errors import UnreadableValue
from gateway.domain.codec import encode
from gateway.domain.storable import is_storable
from gateway.domain.values import HIGHEST_COUNT, make_sure_of

Row = tuple[str, int, datetime, date]
STORED = """
SELECT r.text, r.counted, r.at, r.day, to_jsonb(r) ->> 'text'
FROM json_to_recordset(%s::json) AS r (text text, counted integer, at timestamptz, day date)
"""


@pytest.fixture
def connection(database_url: str) -> "Iterator[psycopg.Connection[tuple[object, ...]]]":
    with psycopg.connect(database_url, autocommit=True) as opened:
        opened.execute("SET timezone TO 'UTC'")
        yield opened


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.text(st.characters(codec=None) | st.sampled_from("\0\ud800\udfff\uffff\u2028\\\"'{}"), max_size=20),
    counted=st.integers(1, HIGHEST_COUNT),
    at=st.datetimes(timezones=st.timezones()),
    day=st.dates(),
)
def test_what_is_taken_is_stored_and_comes_back(
    connection: "psycopg.Connection[tuple[object, ...]]", text: str, counted: int, at: datetime, day: date
) -> None:
    assert is_storable(text) == _is_taken(text)
    if not is_storable(text):
        with pytest.raises((psycopg.DataError, UnicodeEncodeError)):
            connection.execute(STORED.encode(), [encode([{"text": text}]).decode()])
        return
    try:
        moment = at.astimezone(UTC)
    except OverflowError:
        return  # an adapter's answer with it is refused
    row = {"text": text, "counted": counted, "at": moment, "day": day}
    found = connection.execute(STORED.encode(), [encode([row]).decode()]).fetchone()
    assert found == (text, counted, moment, day, text)


def _is_taken(text: str) -> bool:
    """Whether an adapter's answer may have such a text."""
    try:
        make_sure_of(text, str)
    except UnreadableValue:
        return False
    return True
