"""That each file of the flows is run by one worker: what its flows do to its simulators is seen by no other."""

import pytest


def test_a_file_is_run_by_one_worker(request: pytest.FixtureRequest) -> None:
    assert request.config.getoption("dist", "no") in {"no", "loadfile", "loadgroup"}
