"""Every event that is logged is listed with its meaning, and no other is."""

from gateway.observe.log_events import LOG_EVENTS
from gateway.wing_files import wing_files
from tests.house.log_lines import written


def test_each_event_that_is_logged_is_listed_and_no_other() -> None:
    assert set(written()) == set(LOG_EVENTS)


def test_the_list_is_in_order() -> None:
    of_wings = {name for wing in wing_files() for name in wing.log_events}
    own = [name for name in LOG_EVENTS if name not in of_wings]
    assert own == sorted(own)
