"""The office of the partner's guide passes the kit: with the recordings that the page shows, and with its ledger."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.conformance.examination import examine
from gateway.conformance.pytest import AdapterSuite
from gateway.conformance.simulated import simulator_of
from tests.adapters.partner import CONFORMANCE, FILES, RECORDINGS
from tests.builders.partner_project import standing_in, typed


@pytest.fixture
def timber(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """The files as they are after a page, as an importable package."""
    for name, content in FILES[request.param].items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content, encoding="utf-8")
    (tmp_path / "timber" / "__init__.py").touch()
    sys.path.insert(0, str(tmp_path))
    yield tmp_path
    sys.path.remove(str(tmp_path))


@pytest.mark.parametrize("timber", ["adapters.md"], indirect=True)
def test_the_first_page_passes_with_the_recordings_that_are_shown(timber: Path) -> None:
    (timber / "timber" / "exchanges").mkdir()
    for name, content in RECORDINGS.items():
        (timber / name).write_text(content, encoding="utf-8")
    (shown,) = re.findall(r"^```python\n(.*?)^```$", CONFORMANCE, re.MULTILINE | re.DOTALL)
    names: dict[str, type[AdapterSuite]] = {}
    exec(shown, names)  # the page's own class
    suite = names["TestTimber"]
    tests = [name for name in dir(suite) if name.startswith("test_")]
    assert len(tests) > 10
    for name in tests:
        getattr(suite(), name)()
    assert suite.report().passed
    assert suite.report().recordings == len(RECORDINGS)


@pytest.mark.parametrize("timber", ["adapters-quantities.md"], indirect=True)
@pytest.mark.whole
def test_what_the_command_records_of_the_ledger_is_all_that_the_kit_asks_for(timber: Path) -> None:
    with standing_in(timber), simulator_of("timber.simulator") as office:
        against = ("--against", office.url)
        before = office.books("ID/17")
        for what in (("ID/17", "ID/18", "XX/1"), ("ID/17", "--movements")):
            done = typed("record", "timber", *what, *against)
            assert done.returncode == 0, done.stdout + done.stderr
        assert "each is taken back" in done.stdout
        assert "not taken back" not in done.stdout
        assert office.books("ID/17") == before
        again = typed("record", "timber", "ID/17", "--movements", *against)
        assert (again.returncode, "recorded already: reserve, " in again.stderr) == (64, True), again.stderr
        none = typed("record", "timber", "ID/18", "--movements", "--replace", *against)
        assert (none.returncode, "has more than 3 left" in " ".join(none.stderr.split())) == (78, True), none.stderr
        assert office.fail("down", containing="movements")
        lost = typed("record", "timber", "ID/17", "--movements", "--replace", *against)
        assert (lost.returncode, "7 more are not ordered" in lost.stdout) == (69, True)
        assert "not taken back there" in lost.stdout
    report = examine("timber", "timber", most=20)
    assert [str(one) for one in report.nonconformities] == []
