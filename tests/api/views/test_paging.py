"""A page holds what was asked for, and no more than so many bytes."""

import json

import pytest

from gateway.api.views.pages import filled
from gateway.domain.codec import encode


@pytest.mark.parametrize(
    ("most", "items", "last"), [(10_000, 3, 3), (3 * 102, 3, 3), (3 * 102 - 1, 2, 2), (102, 1, 1), (1, 1, 1)]
)
def test_a_page_ends_at_its_bytes_and_says_where(most: int, items: int, last: int) -> None:
    found, at = filled((1, 2, 3, 4), lambda number: str(number) * 100, int, limit=3, most=most)
    assert [one[0] for one in json.loads(encode(found))] == [str(number + 1) for number in range(items)]
    assert at == last


def test_the_last_page_names_no_other() -> None:
    items, last = filled((1, 2), str, int, limit=2, most=100)
    assert ([bytes(one) for one in items], last) == ([b'"1"', b'"2"'], None)
    assert filled((), str, int, limit=2, most=100, more=True) == ([], None)
    assert filled((1, 2), str, int, limit=2, most=100, more=True)[1] == 2
    assert filled((1, 2), str, int, limit=2, most=3, more=False)[1] == 1
