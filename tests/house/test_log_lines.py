"""Every event that is logged is listed with its meaning, and no other is."""

from gateway.observe.log_events import LOG_EVENTS
from tests.house.log_lines import written


def test_each_event_that_is_logged_is_listed_and_no_other() -> None:
    assert set(written()) == set(LOG_EVENTS)


def test_the_list_is_in_order() -> None:
    assert list(LOG_EVENTS) == sorted(LOG_EVENTS)
