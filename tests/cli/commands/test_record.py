"""`gateway record`: live answers become recordings, without secrets and personal data, and of none that is there already."""

import shutil
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from gateway.conformance.recording import read_recordings
from gateway.conformance.simulated import simulator_of
from gateway.contract import Quantity, Status
from tests.builders.partner_project import KEY, PartnerProject, standing_in, typed

HOLDER = {"name": "Jean Dupont", "eori": "FR12345678900012", "email": "jean@dupont.fr", "phone": "+33 1 23 45 67 89"}


@pytest.fixture
def emptied(project: PartnerProject) -> Iterator[PartnerProject]:
    """The project with no recordings, as they were afterwards."""
    folder, kept = project.package / "exchanges", project.folder / "kept"
    folder.rename(kept)
    yield project
    shutil.rmtree(folder, ignore_errors=True)
    kept.rename(folder)


@pytest.mark.whole
def test_what_is_asked_about_is_recorded_and_the_kit_finds_nothing(emptied: PartnerProject) -> None:
    done = emptied.records("ID/17", "ID/18", "XX/1")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[1:] == [
        "This only reads: nothing is changed there.",
        "pellets/exchanges/valid_id_17.toml: valid",
        "pellets/exchanges/refused_id_18.toml: refused",
        "pellets/exchanges/not_found_xx_1.toml: not_found",
        "The files of pellets have changed: run `gateway conform pellets`.",
    ]
    found = {one.name: one for one in read_recordings(emptied.package / "exchanges")}
    assert found["valid_id_17"].expect.status is Status.VALID
    assert found["valid_id_17"].asked == (("GET", "/documents?number=ID%2F17"),)
    assert found["valid_id_17"].subject.on is None
    examined = typed("conform", "pellets", "--report", "page.md")
    assert (examined.returncode, "3 recordings, 0 to mend" in examined.stdout) == (0, True), examined.stdout


def test_an_address_with_a_secret_in_it_is_not_recorded(emptied: PartnerProject) -> None:
    kept = {file: file.read_text() for file in (emptied.package / "manifest.toml", emptied.package / "adapter.py")}
    manifest, code = kept
    manifest.write_text(kept[manifest].replace('secrets = ["header_value"]', 'secrets = ["header_value", "api_key"]'))
    asks = "quote(query.reference, safe='')}"
    assert asks in kept[code]
    text = kept[code].replace(asks, f"{asks}&apikey={{self._key}}")
    code.write_text(
        text.replace(
            "        self._statuses =", '        self._key = settings.secrets["api_key"]\n        self._statuses ='
        )
    )
    try:
        done = emptied.records("ID/17", "--secret", "api_key=env:OFFICE_KEY", OFFICE_KEY="k3vX9-bQ7aLm")
    finally:
        for file, before in kept.items():
            file.write_text(before)
    assert done.returncode == 30
    assert "ID/17 by verify: not recorded: a secret stands in the address that is asked" in done.stdout
    assert "k3vX9-bQ7aLm" not in done.stdout
    assert not (emptied.package / "exchanges").exists()


def test_a_recording_that_exists_stays_without_replace(emptied: PartnerProject) -> None:
    assert emptied.records("ID/17").returncode == 0
    file = emptied.package / "exchanges/valid_id_17.toml"
    before = file.read_text().replace("What was answered about ID/17", "A story of mine")
    file.write_text(before)
    emptied.office.control("PUT", "/documents/ID%2F17", {"valid_to": "2027-01-31"})
    done = emptied.records("ID/17")
    assert (done.returncode, "exists: --replace writes it anew" in done.stdout) == (30, True)
    assert emptied.records().returncode == 64
    assert file.read_text() == before
    assert emptied.records("--replace").returncode == 0
    after = file.read_text()
    assert "A story of mine" in after
    assert "2027-01-31" in after
    assert "2026-12-31" not in after


def test_persons_are_made_up_and_secrets_taken_out(emptied: PartnerProject) -> None:
    emptied.office.control(
        "PUT", "/documents/ID%2F17", {"holder": HOLDER, "remarks": "asked for by his wife", "echo": f"X-Api-Key: {KEY}"}
    )
    done = emptied.records("ID/17")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "  made up: email (1), name (1), number (1), telephone (1)\n" in done.stdout
    assert "  read it, it may be about a person: document.remarks: a text\n" in done.stdout
    text = "".join(one.read_text() for one in (emptied.package / "exchanges").iterdir())
    assert [one for one in (*HOLDER.values(), KEY) if one in text] == []
    assert "X-Api-Key: [redacted]" in text
    assert "Made-up Person 1" in text


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"access_token": "abcdefghijkl"}, "a password or key stands in it"),
        ({"echo": "Bearer 0123456789abcdef"}, "a token stands in it"),
        ({"status": "PTFR12345678900012"}, None),
    ],
)
def test_what_must_not_be_recorded_is_not(emptied: PartnerProject, more: dict[str, str], said: str | None) -> None:
    emptied.office.control("PUT", "/documents/ID%2F17", more)
    done = emptied.records("ID/17")
    if said is None:
        assert (done.returncode, "unexpected_id_17.toml: UnexpectedAnswer (" in done.stdout) == (0, True), done.stdout
        assert "mend the adapter" in done.stdout
        return
    assert (done.returncode, said in done.stdout) == (30, True), done.stdout
    assert not list((emptied.package / "exchanges").glob("*"))
    assert more.popitem()[1] not in done.stdout


def test_an_answer_that_means_another_thing_without_what_was_taken_out_is_not_recorded(emptied: PartnerProject) -> None:
    codes = emptied.package / "codes.toml"
    whole = codes.read_text()
    codes.write_text(whole.replace('code = "ISSUED"', 'code = "FR12345678900012"'))
    emptied.office.control("PUT", "/documents/ID%2F17", {"status": "FR12345678900012"})
    try:
        done = emptied.records("ID/17")
    finally:
        codes.write_text(whole)
    assert (done.returncode, "and made valid of the answer itself: write this one by hand" in done.stdout) == (
        30,
        True,
    ), done.stdout
    assert not (emptied.package / "exchanges").exists()


def test_two_documents_never_share_a_recording(emptied: PartnerProject) -> None:
    for reference in ("XX/1", "XX-1"):
        done = emptied.records(reference, "--replace")
        assert done.returncode == 0, done.stdout
    found = read_recordings(emptied.package / "exchanges")
    assert [(one.name, one.reference) for one in found] == [("not_found_xx_1", "XX/1"), ("not_found_xx_1_2", "XX-1")]


def test_a_package_that_a_gateway_may_have_loaded_is_not_written_to(emptied: PartnerProject, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    with standing_in(elsewhere):
        sys.path.append(str(emptied.folder))
        done = emptied.records("ID/17")
        assert (done.returncode, "give --into FOLDER" in " ".join(done.stderr.split())) == (64, True), done.stderr
        assert emptied.records("ID/17", "--into", "mine").returncode == 0
    assert [one.name for one in (elsewhere / "mine").iterdir()] == ["valid_id_17.toml"]
    assert not (emptied.package / "exchanges").exists()


def test_positions_are_recorded_of_documents_that_are_there(tmp_path: Path) -> None:
    with standing_in(tmp_path), simulator_of("adapters.dual_use.simulator") as office:
        asked = (
            "DU.FR.2026.0000001",
            "DU.FR.2026.9999999",
            "--type",
            "X060",
            "--against",
            office.url,
            "--into",
            "mine",
        )
        done = typed("record", "dual_use", *asked)
    assert done.returncode == 0, done.stdout + done.stderr
    found = {one.name: one for one in read_recordings(tmp_path / "mine", office.credentials.values())}
    assert found.keys() == {
        "valid_du_fr_2026_0000001", "position_du_fr_2026_0000001", "not_found_du_fr_2026_9999999"
    }  # fmt: skip
    (line,) = found["position_du_fr_2026_0000001"].expect.value.lines
    assert line.available == Quantity(value=Decimal(25), unit="H87")
    text = "".join(one.read_text() for one in (tmp_path / "mine").iterdir())
    assert "FR12345678901234" not in text, "the holder's EORI"
    assert "FR00000000000001" in text
    assert "Bearer" not in text


def test_facts_are_written_into_recordings_and_nobody_is_asked(emptied: PartnerProject) -> None:
    assert emptied.records("ID/17", "XX/1").returncode == 0
    file = emptied.package / "exchanges/valid_id_17.toml"
    whole = file.read_text()
    file.write_text(whole[: whole.index("\n[expect.certificate]")])
    assert emptied.office.fail("down", count=1)
    done = emptied.records("--facts")
    assert done.stdout == "pellets/exchanges/valid_id_17.toml: read it against the answer\n", done.stdout
    assert (done.returncode, file.read_text()) == (0, whole)
    file.write_text(whole.replace("valid_to = 2026-12-31", "valid_to = 2026-12-30"))
    done = emptied.records("--facts")
    said = "certificate.valid_to: 2026-12-30 is expected, and it says 2026-12-31; --replace writes those of the adapter"
    assert (done.returncode, said in done.stdout) == (30, True), done.stdout
    assert emptied.records("--facts", "--replace").returncode == 0
    assert file.read_text() == whole
    emptied.office.control("POST", "/reset")


def test_what_the_answer_contradicts_is_told_with_the_facts_that_are_written(emptied: PartnerProject) -> None:
    code = emptied.package / "adapter.py"
    whole = code.read_text()
    code.write_text(whole.replace('"[0-9]{4}([0-9]{2})?")', '"[0-9]{4}([0-9]{2})?")[:3]'))
    said = "$.document.lines[].hs_code: '4407' stands there, and '440' is expected"
    try:
        done = emptied.records("ID/17")
        again = emptied.records("--facts")
    finally:
        code.write_text(whole)
    for one in (done, again):
        assert (one.returncode, f"exchanges/valid_id_17.toml: the answer says otherwise: {said}" in one.stdout) == (
            1,
            True,
        ), one.stdout
    assert "run `gateway conform pellets`" in done.stdout


@pytest.mark.parametrize(("fault", "status"), [("down", 69), ("unauthorised", 78)])
def test_where_nothing_is_answered_nothing_is_recorded(emptied: PartnerProject, fault: str, status: int) -> None:
    assert emptied.office.fail(fault, count=1)
    done = emptied.records("ID/17")
    assert (done.returncode, "there is no complete answer" in done.stdout) == (status, True), done.stdout
    assert not (emptied.package / "exchanges").exists()


def test_without_documents_and_recordings_there_is_nothing_to_ask(emptied: PartnerProject) -> None:
    done = emptied.records()
    assert (done.returncode, "name documents" in done.stderr) == (64, True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--movements", "ID/17"), "name a test system, --against URL"),
        (("--movements", "ID/17", "--against", "https://office.example/v2"), "is the configured authority"),
        (("--movements", "ID/17", "--against", "https://a@Office.Example.:443/v2"), "is the configured authority"),
        (("--movements", "ID/17", "--against", "http://127.0.0.1:x"), "no address"),
        (("--movements", "--against", "http://127.0.0.1:9"), "one document is needed"),
        (("--movements", "ID/17", "--office", "Paris", "--against", "http://127.0.0.1:9"), "eight characters"),
        (
            ("--movements", "ID/17", "--against", "http://127.0.0.1:9", "--secret", "header_value=env:OFFICE_KEY"),
            "neither `quantity` nor `usage`",
        ),
    ],
)
def test_movements_go_to_a_test_system_alone(project: PartnerProject, arguments: tuple[str, ...], said: str) -> None:
    configured = {
        "GATEWAY_ADAPTERS__PELLETS__PACKAGE": "pellets",
        "GATEWAY_ADAPTERS__PELLETS__BASE_URL": "https://office.example/v1",
        "GATEWAY_ADAPTERS__PELLETS__HEADER_VALUE": "env:OFFICE_KEY",
        "OFFICE_KEY": "made-up-key",
    }
    done = typed("record", "pellets", *arguments, **configured)
    assert (done.returncode, said in " ".join(done.stderr.split())) == (64, True), done.stdout + done.stderr


@pytest.mark.whole
def test_code_that_comes_to_no_end_costs_one_wait_and_is_named(emptied: PartnerProject) -> None:
    code = emptied.package / "adapter.py"
    whole = code.read_text()
    reading = "        answer = read_json(response.body)"
    assert reading in whole
    code.write_text(whole.replace(reading, f"        while True:\n            pass\n{reading}"))
    try:
        done = emptied.records("ID/17", "ID/18", "XX/1")
    finally:
        code.write_text(whole)
    assert done.returncode == 30, done.stdout
    assert "2 more are not asked: each would wait as long." in done.stdout
    assert "ID/17 by verify: not recorded: the adapter's code came to no end with this answer" in done.stdout
    assert "Overrun: the adapter's code took longer than" in done.stdout
    assert "exchanges/" not in done.stdout
