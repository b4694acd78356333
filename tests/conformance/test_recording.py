"""Recordings: read as they are written, every fault at once with its line, and nothing of anybody in them."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from gateway.conformance.recorder import write_recording
from gateway.conformance.recording import MOST_BYTES, RecordingFault, read_left_out, read_recordings, read_settings
from gateway.contract import (
    Direction,
    DocumentQuery,
    Intervention,
    MovementKind,
    OrderLine,
    Quantity,
    QuantityOrder,
    ReceiptOutcome,
    Reference,
    ReferenceKind,
    Refusal,
    Request,
    Response,
    Status,
)
from gateway.dispatch.evidence import Redaction

GOOD = """\
about = "A permit"

[call]
method = "verify"
at = 2026-03-02T09:12:00Z

[call.subject]
type = "C690"
reference = "ID/17"
direction = "import"

[[exchange]]
request = { method = "GET", path = "/permits?number=ID%2F17" }
response = { status = 200, body = '{"number": "ID/17"}' }

[expect]
status = "valid"
"""
AT = datetime(2026, 3, 2, 9, 12, tzinfo=UTC)
ORDER = QuantityOrder(
    type="C690",
    reference="ID/17",
    declaration=Reference(kind=ReferenceKind.MRN, value="26FRD0000000001019"),
    customs_office="FR000040",
    key="0" * 32,
    direction=Direction.IMPORT,
    lines=(
        OrderLine(
            goods_item=1,
            certificate_line=2,
            commodity_code="44071190",
            quantities=(Quantity(value=Decimal("12.50"), unit="MTQ"),),
        ),
    ),
)


def written(folder: Path, text: str, name: str = "valid") -> Path:
    """Writes a recording; gives its folder."""
    place = folder / "exchanges"
    place.mkdir(exist_ok=True)
    (place / f"{name}.toml").write_text(text, encoding="utf-8")
    return place


def faults_of(folder: Path, text: str) -> tuple[str, ...]:
    """The faults of one recording."""
    with pytest.raises(RecordingFault) as refused:
        read_recordings(written(folder, text))
    return refused.value.faults


def test_a_recording_says_what_was_asked_and_answered(tmp_path: Path) -> None:
    (one,) = read_recordings(written(tmp_path, GOOD))
    assert one.subject == DocumentQuery(type="C690", reference="ID/17", direction=Direction.IMPORT)
    assert (one.about, one.method, one.expect.status) == ("A permit", "verify", Status.VALID)
    assert one.asked == (("GET", "/permits?number=ID%2F17"),)
    assert one.answers == (Response(status=200, body=b'{"number": "ID/17"}'),)
    assert (one.occasion.at, len(one.occasion.nonce), len(one.occasion.message_id)) == (AT, 16, 32)
    assert one.line("expect", "status") == "exchanges/valid.toml:17"
    written(tmp_path, GOOD, "again")
    again, _ = read_recordings(tmp_path / "exchanges")
    assert again.occasion.message_id != one.occasion.message_id


@pytest.mark.parametrize("method", ["reserve", "force"])
def test_what_is_written_is_read_back(tmp_path: Path, method: str) -> None:
    folder, long = tmp_path / "exchanges", b"<a>" + b"x" * 500 + b"</a>"
    write_recording(
        folder,
        "moved",
        about="A movement",
        method=method,
        at=AT,
        subject=ORDER,
        exchanges=(
            (Request(method="PUT", path="/x", body=b"key=the-office-key"), Response(status=200, body=b"{}")),
            (Request(path="/y"), Response(status=404, body=long)),
        ),
        expect={"outcome": "refused", "refusal": "insufficient"},
        redaction=Redaction(("the-office-key",)),
    )
    (one,) = read_recordings(folder)
    wanted = ORDER if method == "reserve" else Intervention(kind=MovementKind.FORCE, order=ORDER)
    assert one.subject == wanted
    assert one.exchanges[0][0].body == b"key=[redacted]"
    assert [answer.body for answer in one.answers] == [b"{}", long]
    assert (one.expect.outcome, one.expect.refusal) == (ReceiptOutcome.REFUSED, Refusal.INSUFFICIENT)
    assert one.reference == "ID/17"


def test_every_fault_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    spoilt = (
        GOOD.replace('about = "A permit"', "about = 3")
        .replace("at = 2026-03-02T09:12:00Z", "at = 2026-03-02T09:12:00")
        .replace('direction = "import"', 'direction = "sideways"\nweight = 3')
        .replace("status = 200", "status = 99, cookies = {}")
        .replace('method = "GET", ', "")
        .replace('status = "valid"', 'status = "fine"\noutcome = "done"')
    )
    found = faults_of(tmp_path, spoilt)
    for place, what in (
        (":1: about", "a text is needed"),
        (":5: call.at", "a time with its zone"),
        (":10: call.subject.direction", "one of import, export, transit"),
        (":11: call.subject.weight", "has no such member"),
        (":15: exchange.response.status", "a status from 200 to 599"),
        (":15: exchange.response.cookies", "unknown key"),
        (":14: exchange.request.method", "a text is needed"),
        (":18: expect.status", "one of valid, pending"),
        (":19: expect.outcome", "unknown key"),
    ):
        assert any(f"exchanges/valid.toml{place}" in fault and what in fault for fault in found), (place, found)


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ('method = "verify"', 'method = "ask"', "one of verify"),
        ("body = ", "body_file = ", "in the same folder"),
        ("""body = '{"number": "ID/17"}'""", "body_file = '../../secret'", "in the same folder"),
        ("""body = '{"number": "ID/17"}'""", "body_file = 'gone.json'", "cannot be read"),
        ("[expect]\n", "[expect]\nraises = 'Exception'\n", "one of UnexpectedAnswer"),
        ('reference = "ID/17"\n', "", "DocumentQuery needs it"),
        ("[[exchange]]", "[[exchanges]]", "each request and its answer is needed"),
        ("about = ", "about == ", "it cannot be read"),
    ],
)
def test_what_is_none_is_refused(tmp_path: Path, old: str, new: str, what: str) -> None:
    assert old in GOOD
    assert any(what in fault for fault in faults_of(tmp_path, GOOD.replace(old, new)))


def test_what_is_larger_than_an_answer_may_be_is_refused_unread(tmp_path: Path) -> None:
    (fault,) = faults_of(tmp_path, GOOD + "#" * MOST_BYTES)
    assert f"a recording has {MOST_BYTES:,} at most" in fault
    text = GOOD.replace("""body = '{"number": "ID/17"}'""", "body_file = 'answer.json'")
    with (tmp_path / "exchanges" / "answer.json").open("wb") as large:
        large.truncate(MOST_BYTES + 1)
    (fault,) = faults_of(tmp_path, text)
    assert "answer.json cannot be read: it has 4,194,305 bytes" in fault


@pytest.mark.parametrize(
    ("inside", "what"),
    [
        ('"api_key": "7c1f0e22a4"', "a password or key"),
        ('"token": "Bearer 7c1f0e22a47c1f0e22a4"', "a token"),
        ('"x": "-----BEGIN PRIVATE KEY-----"', "a private key"),
        ('"x": "<w:Password Type=\\"d\\">Zm9vYmFy</w:Password>"', "a password or key"),
        ('"x": "known-to-the-adapter"', "a secret of the adapter's"),
        ('"contact": "erika.mustermann@agency.eu"', "an e-mail address"),
        ('"contact": "+49 30 1234567"', "a telephone number"),
        ('"first_name": "Erika"', "first_name of a person"),
        ('"birthDate": "1970-01-31"', "birthdate of a person"),
        ('"x": "<r:GivenName>Erika</r:GivenName>"', "givenname of a person"),
    ],
)
def test_a_secret_or_a_person_in_it_is_refused_and_not_repeated(tmp_path: Path, inside: str, what: str) -> None:
    place = written(tmp_path, GOOD.replace('{"number"', "{" + inside + ', "number"'))
    with pytest.raises(RecordingFault) as refused:
        read_recordings(place, ("known-to-the-adapter",))
    (fault,) = refused.value.faults
    assert what in fault
    assert "Erika" not in fault
    assert "7c1f0e22a4" not in fault


@pytest.mark.parametrize(
    "inside",
    [
        '"api_key": "[redacted]"', '"contact": "desk@office.example"', '"first_name": "[removed]"', '"first_name": null',
        '"name": "Orchard Office"', '"at": "2026-03-02T09:12:00+01:00"', '"key": "0123456789abcdef"',
        '"x": "<w:Password Type=\\"d\\">[redacted]</w:Password>"',
    ],
)  # fmt: skip
def test_what_is_nobodys_is_taken(tmp_path: Path, inside: str) -> None:
    assert read_recordings(written(tmp_path, GOOD.replace('{"number"', "{" + inside + ', "number"')))


def test_settings_stand_beside_the_recordings(tmp_path: Path) -> None:
    assert read_settings(tmp_path) == {}
    (tmp_path / "settings.toml").write_text('[settings]\noffice = "FR000001"\n')
    assert read_settings(tmp_path) == {"office": "FR000001"}
    (tmp_path / "settings.toml").write_text("[settings]\noffice = 1\n")
    with pytest.raises(RecordingFault, match="a table of texts"):
        read_settings(tmp_path)


def test_a_notification_asks_nothing(tmp_path: Path) -> None:
    text = (
        'about = "A push"\n[call]\nmethod = "read_notification"\nat = 2026-03-02T09:12:00Z\n'
        '[call.subject]\nbody = "{}"\n[expect]\nreferences = ["ID/17"]\n'
    )
    (one,) = read_recordings(written(tmp_path, text))
    assert (one.subject.body, one.expect.references, one.reference) == (b"{}", ("ID/17",), None)
    asked = "[[exchange]]\nrequest = { method = 'GET', path = '/' }\nresponse = { status = 200 }\n"
    assert any("asks nothing" in fault for fault in faults_of(tmp_path, text.replace("[expect]", f"{asked}[expect]")))


def test_a_short_secret_that_stands_as_a_whole_is_refused_and_the_files_own_words_are_not(tmp_path: Path) -> None:
    place = written(tmp_path, GOOD.replace('{"number": "ID/17"}', '{"number": "ID/17", "key": "k3vX9b"}'))
    with pytest.raises(RecordingFault) as refused:
        read_recordings(place, ["k3vX9b"])
    assert refused.value.faults == (
        "exchanges/valid.toml:1: a secret of the adapter's stands in it; put [redacted] in its place",
    )
    assert read_recordings(place, ["import", "verify", "ID/1", "number"])


def test_what_is_left_out_has_a_reason(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    assert read_left_out(tmp_path) == {}
    file.write_text('[settings]\nuser = "x"\n[left_out]\n"$.printed" = "the moment of the answer"\n')
    assert read_left_out(tmp_path) == {"$.printed": "the moment of the answer"}
    for said in ('[left_out]\n"$.printed" = " "\n', '[left_out]\n"$.printed" = true\n', "left_out = 1\n"):
        file.write_text(said)
        with pytest.raises(RecordingFault, match=r"exchanges/settings.toml:1: left_out"):
            read_left_out(tmp_path)
