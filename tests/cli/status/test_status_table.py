"""The table of a status says what is not known, and what each part means."""

from datetime import UTC, datetime
from io import StringIO

import pytest
from rich.console import Console

from gateway.cli.status.gateway_status import GatewayPlace, GatewayStatus
from gateway.cli.status.scraped_figures import ScrapedFigures
from gateway.cli.status.status_table import status_table
from gateway.terminal.spans import span

PLACE = GatewayPlace(url="http://gw", figures_url="http://gw/metrics")
FIGURES = """
gateway_store_answers 1
gateway_build_info{python="3.13",version="9.9"} 1
gateway_process_resident_bytes{pid="7"} 5e7
gateway_process_ready{pid="7",part="answers"} 0
gateway_held_declarations 3
gateway_held_declarations_oldest_seconds 90000
gateway_held{finding="SW-DEC-020"} 3
gateway_movements_open{adapter="traces",state="in_doubt"} 2
gateway_breakers_open{adapter="traces"} 1
gateway_adapter_off{adapter="traces",state="quarantined"} 1
gateway_adapter_off_oldest_seconds{adapter="traces",state="quarantined"} 3700
gateway_jobs{status="todo"} 4
gateway_jobs_oldest_seconds{status="todo"} 61
gateway_tables_waiting{tables="2026.11 (0123456789ab)"} 1
gateway_tables_waiting_oldest_seconds{tables="2026.11 (0123456789ab)"} 90000
gateway_tables_rejected{tables="2026.11 (0123456789ab)"} 0
gateway_tables_rejected{tables="2026.10 (ba9876543210)"} 1
gateway_tables_rejected_oldest_seconds{tables="2026.10 (ba9876543210)"} 61
gateway_certificate_usable{certificate="a.ca_file"} 1
gateway_certificate_ends_seconds{certificate="a.ca_file"} -86400
gateway_certificate_usable{certificate="b.ca_file"} 0
"""


def shown(figures: str | None, parts: dict[str, bool] | None) -> str:
    read = None if figures is None else ScrapedFigures(figures)
    status = GatewayStatus(at=datetime.now(UTC), place=PLACE, parts=parts, figures=read, why_not="refused (401)")
    assert not status.is_ready
    out = StringIO()
    Console(file=out, width=200, markup=False).print(status_table(status.body()))
    return out.getvalue()


@pytest.mark.parametrize(
    "line",
    [
        "version 9.9", "process 7 not ready: says nothing; 50 MB", "held or refused 3 the oldest 1 d 1 h", "SW-DEC-020 3",
        "orders in doubt, traces 2", "authority traces 0 calls quarantined for 1 h 1 min; breaker open in 1 processes",
        "jobs todo 4 the oldest is 1 min 1 s late", "a.ca_file ended 1 d ago",
        "tables 2026.11 (0123456789ab) do not count wait for a second person for 1 d 1 h: `gateway doctor`",
        "tables 2026.10 (ba9876543210) do not count a person rejected them 1 min 1 s ago",
        "b.ca_file not known; cannot be used: `gateway doctor` says why", "ready yes, the process that answered",
    ],
)  # fmt: skip
def test_each_line_says_what_stands(line: str) -> None:
    text = " ".join(shown(FIGURES, {"store": True}).replace("│", " ").split())
    assert line in text


def test_while_the_database_is_away_nothing_of_it_is_known() -> None:
    text = shown("gateway_store_answers 0\ngateway_jobs 0\n", {"store": False})
    assert "does not answer: what stands in it is not known" in text
    assert "no: the database does not answer or cannot be written to" in text
    assert text.count("not known │") >= 11


def test_a_figure_that_is_not_there_is_not_zero() -> None:
    figures = ScrapedFigures("gateway_store_answers 1\nx 0\ny NaN\n")
    assert (figures.number("x"), figures.number("y"), figures.number("z")) == (0, None, None)
    with pytest.raises(ValueError, match="no figures"):
        ScrapedFigures("")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (59.9, "59 s"), (60, "1 min"), (61, "1 min 1 s"), (3600, "1 h"), (90_061, "1 d 1 h"), (-5, "0 s")],
)
def test_spans_are_told_in_two_units(seconds: float, text: str) -> None:
    assert span(seconds) == text
