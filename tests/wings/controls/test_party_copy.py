"""The national copy of operators: read with every fault and its line, loaded as a whole, and never by an older one."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from gateway.cli.doctor.health_check import CheckState
from gateway.cli.doctor.wing_checks import wing_checks
from gateway.domain.errors import ConfigurationError
from gateway.terminal.exits import Exit
from gateway.wings.controls.parties.copy_file import read_copy
from gateway.wings.controls.parties.facts import AeoAuthorisation, AeoState, AeoType, EoriState, PartyFacts
from tests.builders.commands import gateway_command
from tests.builders.offices import SECRETS

HEAD = "eori,eori_state,type,state,effective,number,reason\n"
DAY = date(2026, 3, 2)


def test_a_file_is_operators_with_their_authorisations() -> None:
    text = f"{HEAD}FR1,valid,AEOC,in_force,2024-05-06,FRAEOC1,\nFR1,valid,AEOS,suspended,2024-05-06,,39e\nDE2,valid,,,,,\nIT3,invalid,,,,,\n"
    assert read_copy(text.encode(), "f.csv") == {
        "FR1": PartyFacts(
            state=EoriState.VALID,
            authorisations=(
                AeoAuthorisation(
                    type=AeoType.CUSTOMS, state=AeoState.IN_FORCE, effective=date(2024, 5, 6), number="FRAEOC1"
                ),
                AeoAuthorisation(
                    type=AeoType.SECURITY, state=AeoState.SUSPENDED, effective=date(2024, 5, 6), reason="39e"
                ),
            ),
        ),
        "DE2": PartyFacts(state=EoriState.VALID),
        "IT3": PartyFacts(state=EoriState.INVALID),
    }


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("fr1,valid,,,,,", "2: 'fr1' is no EORI"),
        ("Müller GmbH,valid,AEOC,in_force,2024-05-06,,", "2: 'Müller GmbH' is no EORI"),
        ("FR1,perhaps,,,,,", "2: eori_state: 'perhaps' is none of valid, invalid, unknown"),
        ("FR1,valid,AEOX,in_force,2024-05-06,,", "2: type: 'AEOX' is none of AEOC, AEOS, AEOF"),
        ("FR1,valid,AEOC,,2024-05-06,,", "2: state: '' is none of"),
        ("FR1,valid,AEOC,in_force,6.5.2024,,", "2: effective: a day"),
        ("FR1,valid,AEOC,in_force,,,", "2: effective: a day"),
        ("FR1,valid,AEOC,in_force,2024-05-06,,39e", "2: reason: only what is suspended"),
        (f"FR1,valid,AEOC,in_force,2024-05-06,{'9' * 36},", "2: number: longer"),
        ("FR1,valid,AEOC,in_force,2024-05-06,", "2: it has not 7 columns"),
        ("FR1,valid,AEOC,in_force,2024-05-06,,,", "2: it has not 7 columns"),
        ("FR1,valid,,,,,\nFR1,valid,,,,,", "3: FR1 stands twice"),
        ("FR1,valid,,,,,\nFR1,invalid,AEOC,in_force,2024-05-06,,", "3: FR1 is valid on a line before"),
        ('FR1,valid,"AEOC', "not CSV"),
        ("", "it names nobody"),
    ],
)
def test_a_fault_is_named_with_its_line(line: str, fault: str) -> None:
    with pytest.raises(ConfigurationError, match=fault) as refused:
        read_copy(f"{HEAD}{line}\n".encode(), "f.csv")
    assert all(one.startswith("f.csv:") for one in refused.value.faults)


def test_what_is_no_such_file_is_refused() -> None:
    for raw, fault in (
        (b"\xff\xfe", "not UTF-8"),
        (b"eori;state\n", "its columns are eori,eori_state"),
        (b"", "its columns"),
    ):
        with pytest.raises(ConfigurationError, match=fault):
            read_copy(raw, "f.csv")


def test_all_faults_are_named() -> None:
    with pytest.raises(ConfigurationError) as refused:
        read_copy(f"{HEAD}1,valid,,,,,\n2,valid,,,,,\n".encode(), "f.csv")
    assert [one.split(":")[1] for one in refused.value.faults] == ["2", "3"]


@pytest.mark.parametrize(
    ("held", "day", "types"),
    [
        (AeoAuthorisation(type=AeoType.CUSTOMS, state=AeoState.IN_FORCE, effective=DAY), DAY, ("AEOC",)),
        (AeoAuthorisation(type=AeoType.CUSTOMS, state=AeoState.IN_FORCE, effective=DAY), DAY - timedelta(days=1), ()),
        (AeoAuthorisation(type=AeoType.CUSTOMS, state=AeoState.REVOKED, effective=DAY), DAY, ()),
        (AeoAuthorisation(type=AeoType.BOTH, state=AeoState.SUSPENDED, effective=DAY, reason="39e"), DAY, ("AEOC",)),
        (AeoAuthorisation(type=AeoType.BOTH, state=AeoState.SUSPENDED, effective=DAY), DAY, ()),
        (AeoAuthorisation(type=AeoType.SECURITY, state=AeoState.SUSPENDED, effective=DAY, reason="39e"), DAY, ()),
        (AeoAuthorisation(type=AeoType.CUSTOMS, state=AeoState.SUSPENDED, effective=DAY, reason="39e"), DAY, ()),
    ],
)
def test_an_authorisation_counts_from_its_day_on_while_it_is_in_force(
    held: AeoAuthorisation, day: date, types: tuple[str, ...]
) -> None:
    assert PartyFacts(state=EoriState.VALID, authorisations=(held,)).types_on(day) == types
    for state in (EoriState.INVALID, EoriState.UNKNOWN):
        assert PartyFacts(state=state, authorisations=(held,)).types_on(day) == ()


def examined(database_url: str) -> tuple[str, CheckState, str]:
    """What `gateway doctor` says of the wing."""
    (check,) = asyncio.run(wing_checks(database_url))
    return check.name, check.state, check.seen


def test_a_copy_is_loaded_as_a_whole_and_never_by_an_older_one(database_url: str, tmp_path: Path) -> None:
    """The command says what changed; what stands in it no more is unknown, a faulty file changes nothing, and one that is too old is a fault."""
    settings = {**SECRETS, "GATEWAY_DATABASE_URL": database_url}
    file, today = tmp_path / "parties.csv", datetime.now(UTC).date()

    def loaded(text: str, *more: str) -> tuple[int, str]:
        file.write_text(text, encoding="utf-8")
        done = gateway_command(settings, "load-parties", str(file), *more)
        return done.returncode, done.stdout + done.stderr

    assert gateway_command(settings, "migrate").returncode == 0
    first = f"{HEAD}FR1,valid,AEOC,in_force,2024-05-06,,\nFR2,valid,,,,,\n"
    status, said = loaded(first)
    assert (status, "operators: 2, changed: 2" in said) == (0, True), said
    assert "operators: 2, changed: 0" in loaded(first)[1]
    status, said = loaded(f"{HEAD}FR1,valid,,,,,\nFR2,valid,,,,\n")
    assert (status, "parties.csv:3: it has not 7 columns" in said) == (Exit.CONFIGURATION, True), said
    status, said = loaded(first, "--day", str(today - timedelta(days=1)))
    assert (status, f"A copy of {today} is loaded" in said) == (Exit.NOT_ACCEPTED, True), said
    assert loaded(first, "--day", str(today + timedelta(days=2)))[0] == Exit.USAGE
    status, said = loaded(f"{HEAD}FR2,valid,,,,,\n")
    assert "operators: 1, changed: 1" in said
    with psycopg.connect(database_url) as connection:
        rows = connection.execute("SELECT eori, facts FROM party_facts ORDER BY eori").fetchall()
        loads = connection.execute("SELECT parties, changed FROM party_load ORDER BY number").fetchall()
    assert [(eori, '"valid"' in facts, "AEOC" in facts) for eori, facts in rows] == [
        ("FR1", False, False),
        ("FR2", True, False),
    ]
    assert loads == [(2, 2), (2, 0), (1, 1)]
    assert examined(database_url) == ("controls", CheckState.GOOD, "it is in order")
    with psycopg.connect(database_url) as connection:
        connection.execute("UPDATE party_facts SET until = now() - interval '1 hour'")
    name, state, seen = examined(database_url)
    assert (name, state, "gateway load-parties" in seen) == ("controls", CheckState.WRONG, True), seen
