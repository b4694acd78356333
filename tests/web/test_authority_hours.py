"""The hours of an authority: what brought no answer is drawn as such, and never as a fast answer."""

from collections.abc import Callable

import psycopg

from tests.builders.fish_case import Cases
from tests.builders.visitor import Visitor

DEAD = """
INSERT INTO authority_figures (adapter, slot, process, latencies, faults)
VALUES ('cites', date_trunc('hour', now()) - interval '3 hours', 'another', %s::integer[], %s::jsonb)
"""
FAST = "{7" + ",0" * 18 + "}"


def test_an_authority_that_answers_nothing_is_no_fast_one(cases: Cases, officer: Visitor) -> None:
    with psycopg.connect(cases.database) as connection:
        connection.execute(DEAD, [FAST, '{"SW-ADP-01": 7}'])
    officer.get("/console/authorities/cites")
    (drawing,) = officer.page.xpath("//svg[@class='sw-latency']")
    assert drawing.xpath("rect[@class='sw-latency__half']") == []
    (failed,) = drawing.xpath("rect[@class='sw-day__refused']")
    assert (failed.get("y"), failed.get("height")) == ("0", "140")
    headings = [one.get("id") for one in officer.page.iterfind(".//main//h2")]
    assert headings.index("faults") < headings.index("latency")
    assert "a crossed column is the share of calls without an answer" in officer.text()


def test_what_is_for_operators_is_folded_for_others(officer: Visitor, signed_in: Callable[..., Visitor]) -> None:
    officer.get("/console/authorities/traces")
    (folded,) = officer.page.xpath("//details[@id='operators']")
    assert folded.get("open") is None
    operator = signed_in("operator")
    operator.get("/console/authorities/traces")
    (shown,) = operator.page.xpath("//details[@id='operators']")
    assert shown.get("open") is not None
    assert "loop" in " ".join(shown.itertext())
