"""That each part of the flows is run by one worker: what they do to its simulators is seen by no other part."""

import pytest


def test_a_flow_is_sent_out_with_its_part(request: pytest.FixtureRequest) -> None:
    sent_out = request.config.getoption("loadgroup", False)
    assert request.node.nodeid.endswith("_with_its_part@flows" if sent_out else "_with_its_part")
