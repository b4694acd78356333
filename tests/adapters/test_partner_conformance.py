"""The office of the partner's guide passes the kit: with the recordings that the page shows, and with its ledger."""

import asyncio
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.conformance.examination import examine
from gateway.conformance.pytest import AdapterSuite
from tests.adapters.partner import CONFORMANCE, FILES, RECORDINGS
from tests.adapters.record import Scene, asking, line, of, order, record

WANTED, KEY = line("30", "MTQ", "44071190"), "two"


def ordered(*lines: object, key: str = "one", reference: str = "ID/17") -> object:
    """An order to the office."""
    return order("C690", reference, *lines, key=key)  # type: ignore[arg-type]


SCENES = [
    Scene(name="valid", about="An issued licence", method="verify", subject=asking("C690", "ID/17")),
    Scene(name="revoked", about="A revoked licence", method="verify", subject=asking("C690", "ID/18")),
    Scene(name="not_found", about="An unknown number", method="verify", subject=asking("C690", "XX/1")),
    Scene(name="position", about="What is left", method="position", subject=asking("C690", "ID/17", declaration=of())),
    Scene(name="reserve", about="A reservation", method="reserve", subject=ordered(WANTED)),
    Scene(name="refused", about="Too much", method="reserve", subject=ordered(line("101", "MTQ", "44071190"))),
    Scene(name="force", about="A write-off at once", method="force", subject=ordered(WANTED)),
    *(
        Scene(name=method, about=f"A {method}", method=method, subject=subject, before=((before, ordered(WANTED)),))
        for method, before, subject in (
            ("write_off", "reserve", ordered(WANTED, key=KEY)),
            ("cancel", "reserve", ordered(key=KEY)),
            ("amend", "force", ordered(line("20", "MTQ", "44071190"), key=KEY)),
            ("delete", "force", ordered(key=KEY)),
        )
    ),
]


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
def test_the_office_with_a_ledger_passes_too(timber: Path) -> None:
    asyncio.run(record("timber", SCENES, {}))
    report = examine("timber", "timber", most=20)
    assert [str(one) for one in report.nonconformities] == []
