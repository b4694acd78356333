"""`gateway ask`: one exchange as it is, and what the gateway makes of it."""

import re
from pathlib import Path

import pytest

from tests.builders.partner_project import KEY, PartnerProject, standing_in, typed


def test_an_answer_is_shown_step_by_step(project: PartnerProject) -> None:
    done = project.asks("ID/17")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    shown = [line for line in lines if re.match(r"[<>] (GET|HTTP|\{)|step|answer|valid$|This|C999", line)]
    assert [re.sub(r"[\d.]+ ms", "N ms", line)[:64] for line in shown] == [
        "C999 ID/17 by verify. This only reads: nothing is changed there.",
        "step 1  N ms  the adapter asks",
        "> GET /documents?number=ID%2F17",
        "answer  N ms",
        "< HTTP 200",
        '< {"number": "ID/17", "document": {"valid_to": "2026-12-31", "re',
        "step 2  N ms  the adapter is done",
        "valid",
    ]
    assert '"commodity_code": "4407"' in done.stdout
    assert KEY not in done.stdout
    assert project.office.url in lines[0]


@pytest.mark.parametrize(
    ("fault", "against", "status", "shown"),
    [
        ("unknown_status", "", 1, r"UnexpectedAnswer: .*UNHEARD_OF.*\n  raised at pellets/adapter\.py:\d+\nnot determined \(SW-ADP-04\)"),
        ("html", "", 1, r"UnexpectedAnswer: .*\n  raised at pellets/adapter\.py:\d+\n"),
        ("down", "", 69, r"\nanswer .*< HTTP 503.*\nUnavailable: 503 .*\nnot determined \(SW-ADP-01\)"),
        ("unauthorised", "", 78, r"CredentialsRefused: 401"),
        (None, "/nowhere", 30, r"RequestRejected: 404"),
    ],
)  # fmt: skip
def test_each_way_of_having_no_answer_has_its_status(
    project: PartnerProject, fault: str | None, against: str, status: int, shown: str
) -> None:
    if fault is not None:
        assert project.office.fail(fault, count=1)
    options = ("--against", project.office.url + against) if against else ()
    done = project.asks(
        "ID/17", *options, *(("--secret", "header_value=env:OFFICE_KEY") if against else ()), OFFICE_KEY=KEY
    )
    assert (done.returncode, bool(re.search(shown, done.stdout, re.DOTALL))) == (status, True), (
        done.stdout + done.stderr
    )


def test_what_the_code_does_is_told_with_its_place_and_without_secrets(project: PartnerProject) -> None:
    adapter = project.package / "adapter.py"
    whole = adapter.read_text()
    asking = "        response = yield Request("
    try:
        for what, status, shown in (
            (
                f"        raise KeyError({KEY[:-1]!r} + {KEY[-1]!r})\n",
                1,
                r"KeyError: '\[redacted\]'\n  raised at pellets/adapter\.py:21",
            ),
            ("        import os; os._exit(3)\n", 1, r"Overrun: the adapter's code ended its process"),
        ):
            adapter.write_text(whole.replace(asking, what + asking))
            done = project.asks("ID/17")
            assert (done.returncode, bool(re.search(shown, done.stdout))) == (status, True), done.stdout
            assert KEY not in done.stdout
    finally:
        adapter.write_text(whole)


def test_what_a_terminal_would_obey_is_only_shown(project: PartnerProject) -> None:
    project.office.control("PUT", "/documents/ID%2F17", {"status": "\x1b[2JISSUED\x9b"})
    done = project.asks("ID/17")
    assert (done.returncode, "\x1b" in done.stdout, "\x9b" in done.stdout) == (1, False, False)


@pytest.mark.parametrize(
    ("file", "code", "said"),
    [
        ("adapter.py", "\nraise KeyError('at its import')\n", r"KeyError: 'at its import' \(.*/pellets/adapter\.py:\d+\)"),
        ("adapter.py", "\ndef (\n", r"SyntaxError: .*adapter\.py, line \d+"),
        ("simulator.py", "\nraise KeyError('at its import')\n", r"the simulator pellets\.simulator did not start"),
    ],
)  # fmt: skip
def test_code_that_cannot_be_loaded_is_told_with_its_place(
    project: PartnerProject, file: str, code: str, said: str
) -> None:
    place = project.package / file
    whole = place.read_text()
    place.write_text(whole + code)
    try:
        done = typed("ask", "pellets", "C999", "ID/17")
    finally:
        place.write_text(whole)
    assert (done.returncode, bool(re.search(said, done.stderr))) == (78, True), done.stderr
    assert "Traceback" not in done.stderr


def test_the_adapter_s_own_simulator_is_asked_where_no_authority_is_configured(project: PartnerProject) -> None:
    done = typed("ask", "pellets", "C999", "XX/1")
    assert done.returncode == 0, done.stderr
    assert "its simulator, started for this, since no authority of it is configured" in done.stdout
    assert "\nnot_found\n" in done.stdout


def test_the_configured_authority_is_asked_even_by_an_adapter_that_is_off(project: PartnerProject) -> None:
    done = typed(
        "ask", "pellets", "C999", "ID/18",
        GATEWAY_ADAPTERS__PELLETS__PACKAGE="pellets", GATEWAY_ADAPTERS__PELLETS__BASE_URL=project.office.url,
        GATEWAY_ADAPTERS__PELLETS__ENABLED="false", GATEWAY_ADAPTERS__PELLETS__SECRETS__HEADER_VALUE="env:OFFICE_KEY", OFFICE_KEY=KEY,
    )  # fmt: skip
    assert (done.returncode, done.stdout.splitlines()[0].rpartition(" ")[2]) == (0, project.office.url), done.stderr
    assert "\nrefused\n" in done.stdout


def test_a_configured_secret_goes_to_the_configured_authority_alone(project: PartnerProject) -> None:
    done = typed(
        "ask", "pellets", "C999", "ID/18", "--against", "https://elsewhere.example",
        GATEWAY_ADAPTERS__PELLETS__PACKAGE="pellets", GATEWAY_ADAPTERS__PELLETS__BASE_URL=project.office.url,
        GATEWAY_ADAPTERS__PELLETS__SECRETS__HEADER_VALUE="env:OFFICE_KEY", OFFICE_KEY=KEY,
    )  # fmt: skip
    assert done.returncode == 78
    assert "the command line: adapters.pellets.header_value: a secret is needed" in done.stderr


def test_of_an_authority_as_one_file_the_line_is_told(tmp_path: Path) -> None:
    with standing_in(tmp_path):
        assert typed("new-adapter", "filed", "--declarative").returncode == 0
    with standing_in(tmp_path / "filed-adapter"):
        file = tmp_path / "filed-adapter/filed/authority.toml"
        whole = file.read_text()
        for before, after, shown in (
            (
                'code = "ISSUED"',
                'code = "GRANTED"',
                "UnexpectedAnswer: status: 'ISSUED' is not in the code list\n  raised at {}:{}",
            ),
            (
                "$.document.valid_to",
                "$.document.until",
                "UnexpectedAnswer: $.document.until: is missing\n  raised at {}:{}",
            ),
        ):
            file.write_text(whole.replace(before, after))
            done = typed("ask", "filed", "C999", "ID/17")
            line = whole[: whole.index("[[status]]" if "code" in before else before)].count("\n") + 1
            assert (done.returncode, shown.format("filed/authority.toml", line) in done.stdout) == (1, True), (
                done.stdout
            )


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("nobody", "C999", "1"), 78, "no package 'nobody' with a manifest.toml"),
        (("pellets", "C640", "1"), 64, "pellets is asked about C999, not C640"),
        (("pellets", "C999", "1", "--position"), 64, "tells no quantity position"),
        (("pellets", "C999", "1", "--direction", "up"), 64, "import, export, transit"),
        (("pellets", "C999", "1", "--secret", "hunter22"), 64, "NAME=env:VARIABLE"),
        (("pellets", "C999", "1", "--against", "http://elsewhere.example"), 78, "http is for loopback addresses only"),
        (("pellets", "C999", "1", "--against", "http://127.0.0.1:1"), 78, "a secret is needed"),
        (("../pellets", "C999", "1"), 78, "no package"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_said(
    project: PartnerProject, arguments: tuple[str, ...], status: int, said: str
) -> None:
    done = typed("ask", *arguments)
    assert (done.returncode, said in " ".join(done.stderr.split())) == (status, True), done.stderr
    assert "hunter22" not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
