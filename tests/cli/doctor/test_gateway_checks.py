"""What a running gateway tells of itself is judged: readiness, clocks, certificates in use."""

from datetime import UTC, datetime, timedelta

import pytest

from gateway.cli.doctor.examination import examine
from gateway.cli.doctor.gateway_checks import gateway_checks
from gateway.cli.doctor.health_check import CheckState, HealthCheck
from gateway.cli.status.gateway_status import GatewayPlace, GatewayStatus
from gateway.cli.status.scraped_figures import ScrapedFigures
from gateway.domain.certificate_validity import CertificateValidity
from tests.builders.running import REAL

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
NOWHERE = GatewayPlace(url="http://127.0.0.1:9", figures_url="http://127.0.0.1:9/metrics")
FINE = """
gateway_store_answers 1
gateway_process_resident_bytes{pid="7"} 1
gateway_process_ready{pid="7",part="answers"} 1
gateway_process_ready{pid="7",part="loops"} 1
gateway_clock_ahead_of_database_seconds{pid="7"} 0.1
gateway_clock_ahead_of_authority_seconds{adapter="traces"} 0.6
gateway_certificate_ends_seconds{certificate="x.ca_file"} 864000
"""


def checked(figures: str | None, parts: dict[str, bool] | None = None) -> dict[str, HealthCheck]:
    read = None if figures is None else ScrapedFigures(figures)
    status = GatewayStatus(at=NOW, place=NOWHERE, parts=parts, figures=read, why_not=None if read else "no answer")
    certificate = CertificateValidity(name="x.ca_file", begins=NOW, ends=NOW + timedelta(days=10))
    return {one.name: one for one in gateway_checks(status, ["traces"], [certificate])}


def test_nothing_is_found_in_a_sound_one() -> None:
    found = checked(FINE, {"store": True})
    assert {one.state for one in found.values()} == {CheckState.GOOD}
    assert set(found) == {"gateway", "process 7: clock", "clock of traces"}


@pytest.mark.parametrize(
    ("before", "after", "name", "state", "seen"),
    [
        ('part="loops"} 1', 'part="loops"} 0', "process 7", CheckState.WRONG, "a loop does nothing"),
        ('part="answers"} 1', 'part="answers"} 0', "process 7", CheckState.WRONG, "says nothing"),
        ('{pid="7"} 0.1', '{pid="7"} 3600', "process 7: clock", CheckState.WRONG, "3600.0 s ahead of"),
        ('{pid="7"} 0.1', '{pid="7"} -3', "process 7: clock", CheckState.ATTENTION, "3.0 s behind"),
        ('{pid="7"} 0.1', '{pid="7"} NaN', "process 7: clock", CheckState.UNKNOWN, "could not be compared"),
        ('"traces"} 0.6', '"traces"} -3600', "clock of traces", CheckState.WRONG, "3600.5 s behind"),
        ('adapter="traces"', 'adapter="other"', "clock of traces", CheckState.NOT_ASKED, "had a date"),
        ("864000", "86400", "x.ca_file in use", CheckState.ATTENTION, "another than stands in the file"),
    ],
)
def test_each_fault_is_found(before: str, after: str, name: str, state: CheckState, seen: str) -> None:
    found = checked(FINE.replace(before, after), {"store": True})[name]
    assert found.state is state
    assert seen in found.seen


def test_one_that_is_not_ready_says_why_and_nobody_is_no_gateway() -> None:
    assert "stopping" in checked(FINE, {"serving": False, "store": True})["gateway"].seen
    assert checked(FINE, {"serving": False})["gateway"].state is CheckState.WRONG
    assert checked(None, {"store": True})["gateway"].state is CheckState.ATTENTION
    assert checked(FINE, None)["gateway"].state is CheckState.UNKNOWN
    assert checked(None, None)["gateway"].state is CheckState.ATTENTION
    assert checked(None, None)["authorities' clocks"].state is CheckState.NOT_ASKED


def test_a_broken_configuration_is_one_line_and_the_rest_is_examined_all_the_same() -> None:
    broken = {**REAL, "GATEWAY_PROCESSES": "many", "GATEWAY_DATABASE_URL": "postgresql://x:hunter22@127.0.0.1:9/x"}
    found = {one.name: one for one in examine(broken, NOWHERE)}
    assert found["configuration"].state is CheckState.WRONG
    assert "gateway check" in found["configuration"].remedy
    assert found["database"].state is CheckState.WRONG
    assert found["Python"].state in {CheckState.GOOD, CheckState.ATTENTION}
    assert "hunter22" not in str(found)


def test_a_clock_that_is_an_hour_off_is_found(database_url: str) -> None:
    environment = {**REAL, "GATEWAY_DATABASE_URL": database_url}
    ahead = {
        one.name: one for one in examine(environment, NOWHERE, clock=lambda: datetime.now(UTC) + timedelta(hours=1))
    }
    assert ahead["database clock"].state is CheckState.WRONG
    assert "ahead of the database's" in ahead["database clock"].seen
