"""What is sent to break the gateway: refused with a clear error, in bounded time and memory."""

import codecs
import json
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gateway.domain.errors import (
    BusinessRuleViolated,
    DeclarationRefused,
    ForbiddenMarkup,
    SchemaViolated,
    TooLarge,
    Unreadable,
    UnsupportedFormat,
)
from gateway.intake import Formats, IntakeLimits
from gateway.intake.xml import parse
from tests.builders.large import growth
from tests.builders.places import ROOT
from tests.builders.processes import PATIENCE_S, ran
from tests.builders.samples import as_json, build_native, native, xml
from tests.intake.heavy import heavy
from tests.intake.reading import JSON, XML, load, only, rules

Refused = Callable[..., DeclarationRefused]

DOCTYPES = {
    "one that declares nothing": "<!DOCTYPE Declaration>",
    "an entity of a file": '<!DOCTYPE Declaration [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
    "an entity of the network": '<!DOCTYPE Declaration SYSTEM "http://127.0.0.1:1/x.dtd">',
    "a parameter entity": '<!DOCTYPE Declaration [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]>',
    "a default attribute": '<!DOCTYPE Declaration [<!ATTLIST LRN a CDATA "b">]>',
    "behind a comment": "<!-- <x> --><?a b?>\n<!DOCTYPE Declaration>",
    "many laughs": "<!DOCTYPE l ["
    + '<!ENTITY l0 "lol">'
    + "".join(f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' for n in range(9))
    + "]>",
}
ENCODINGS = {
    "UTF-8": (b"", "utf-8"),
    "UTF-8 with its mark": (codecs.BOM_UTF8, "utf-8"),
    "UTF-16LE": (codecs.BOM_UTF16_LE, "utf-16-le"),
    "UTF-16BE": (codecs.BOM_UTF16_BE, "utf-16-be"),
}


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("name", DOCTYPES)
def test_a_document_type_declaration_is_refused_in_every_encoding(refused: Refused, name: str, encoding: str) -> None:
    bom, codec = ENCODINGS[encoding]
    body = (
        build_native(items=1).decode().partition("?>")[2].replace("LRN-0001", "&l9;" if name == "many laughs" else "x")
    )
    refusal = refused(bom + (DOCTYPES[name] + body).encode(codec))
    assert isinstance(refusal, ForbiddenMarkup)
    assert refusal.status == 400


@pytest.mark.corpus
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_known_attack_is_refused_in_every_encoding(formats: Formats, corpus: Path, encoding: str) -> None:
    bom, codec = ENCODINGS[encoding]
    attacks = sorted(path for path in (corpus / "xml-attacks").iterdir() if path.suffix in (".xml", ".xsd"))
    assert len(attacks) == 9
    for path in attacks:
        text = path.read_text("utf-8")
        if codec != "utf-8":
            text = text.replace('encoding="utf-8"', 'encoding="UTF-16"')
        expected: type[DeclarationRefused] = UnsupportedFormat if path.suffix == ".xsd" else ForbiddenMarkup
        with pytest.raises(DeclarationRefused) as caught:
            formats.accept(bom + text.encode(codec), XML)
        assert type(caught.value) is expected, path.name


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_declaration_is_read_in_every_accepted_encoding(formats: Formats, encoding: str) -> None:
    bom, codec = ENCODINGS[encoding]
    text = build_native(items=1).decode().replace("Frozen cod", "Dorsch – 鱈")
    text = text.replace('encoding="UTF-8"', f'encoding="{"UTF-16" if "16" in codec else "UTF-8"}"')
    for one in (text, text.partition("?>")[2].lstrip()):
        declaration = formats.accept(bom + one.encode(codec), XML).declaration
        assert declaration.items[0].description == "Dorsch – 鱈, lot 1"


WRONG_ENCODINGS: dict[str, bytes] = {
    "Latin-1 that says so": build_native(items=1).replace(b"UTF-8", b"ISO-8859-1"),
    "Latin-1 that says UTF-8": build_native(items=1).replace(b"Frozen cod", b"caf\xe9"),
    "UTF-8 that says UTF-16": build_native(items=1).replace(b"UTF-8", b"UTF-16"),
    "UTF-16 that says UTF-8": codecs.BOM_UTF16_LE + build_native(items=1).decode().encode("utf-16-le"),
    "UTF-16 without its mark": build_native(items=1).decode().encode("utf-16-le"),
    "UTF-32": build_native(items=1).decode().encode("utf-32"),
    "UTF-7 that says so": build_native(items=1).replace(b"UTF-8", b"UTF-7"),
    "EBCDIC": build_native(items=1).decode().encode("cp500"),
    "an overlong character": build_native(items=1).replace(b"Frozen cod", b"\xc0\xbc"),
    "half a surrogate": build_native(items=1).replace(b"Frozen cod", b"\xed\xa0\x80"),
    "Latin-1 that says so behind 400 blanks": build_native(items=1).replace(
        b'encoding="UTF-8"', b" " * 400 + b'encoding="ISO-8859-1"'
    ),
    "an encoding of 60 letters": build_native(items=1).replace(b"UTF-8", b"X" * 60),
    "a declaration of 5,000 blanks": build_native(items=1).replace(b" encoding", b" " * 5_000 + b" encoding"),
    "two byte order marks": codecs.BOM_UTF8 * 2 + build_native(items=1),
    "two byte order marks in UTF-16": codecs.BOM_UTF16_BE * 2
    + build_native(items=1).decode().replace("UTF-8", "UTF-16").encode("utf-16-be"),
    "half a character in UTF-16": codecs.BOM_UTF16_BE + b"\x00<\x00",
}


@pytest.mark.parametrize("name", WRONG_ENCODINGS)
def test_a_wrong_or_foreign_encoding_is_refused_as_that(refused: Refused, name: str) -> None:
    refusal = refused(WRONG_ENCODINGS[name])
    assert type(refusal) is Unreadable
    assert refusal.status == 400
    assert rules(refusal) == ["encoding"]


def test_the_media_type_may_not_name_another_encoding(formats: Formats, refused: Refused) -> None:
    raw = build_native(items=1)
    assert formats.accept(raw, 'text/xml; charset="UTF-8"').declaration.lrn == "LRN-0001"
    assert rules(refused(raw, "text/xml; charset=iso-8859-1")) == ["encoding"]
    assert rules(refused(raw, "application/xml;charset=utf-16")) == ["encoding"]


NOT_WELL_FORMED: dict[str, bytes] = {
    "nothing": b"",
    "blanks": b" \n ",
    "a text": b"hello",
    "half of it": build_native(items=2)[:700],
    "two roots": build_native(items=1) + b"<a/>",
    "an unknown entity": build_native(items=1).replace(b"LRN-0001", b"&nbsp;"),
    "a NUL": build_native(items=1).replace(b"LRN-0001", b"\x00"),
    "a control character by number": build_native(items=1).replace(b"LRN-0001", b"&#1;"),
    "an attribute twice": build_native(items=1).replace(b"<LRN>", b'<LRN a="1" a="2">'),
    "a prefix that is not bound": build_native(items=1).replace(b"<LRN>", b"<x:LRN>").replace(b"</LRN>", b"</x:LRN>"),
    "blanks before the declaration": b"\n" + build_native(items=1),
}


@pytest.mark.parametrize("name", NOT_WELL_FORMED)
def test_what_is_not_well_formed_is_refused_with_its_line(refused: Refused, name: str) -> None:
    refusal = refused(NOT_WELL_FORMED[name])
    assert type(refusal) is Unreadable
    assert refusal.status == 400
    violation = only(refusal)
    assert violation.rule == "well-formed"
    assert "<string>" not in violation.message
    if name == "half of it":
        assert violation.line == NOT_WELL_FORMED[name].count(b"\n") + 1


@pytest.mark.parametrize("depth", [39, 200, 300, 100_000])
def test_deep_nesting_is_refused_as_that(refused: Refused, depth: int) -> None:
    raw = build_native(items=1).replace(b"<LRN>", b"<a>" * depth + b"</a>" * depth + b"<LRN>")
    refusal = refused(raw)
    if depth < 40:
        assert isinstance(refusal, SchemaViolated)
    else:
        assert type(refusal) is Unreadable
        assert rules(refusal) == ["depth"]
    assert rules(refused(b"<a>" * 200 + b"</a>" * 200)) == ["depth"]


def test_another_root_is_no_format_of_ours(refused: Refused) -> None:
    for raw in (
        b"<html/>",
        build_native(items=1).replace(b"Declaration", b"Declarations"),
        xml(native(items=1), namespace="urn:eu-single-window:declaration:2"),
        build_native(items=1).replace(b' xmlns="urn:eu-single-window:declaration:1"', b""),
    ):
        refusal = refused(raw)
        assert isinstance(refusal, UnsupportedFormat)
        assert refusal.status == 415


@pytest.mark.parametrize(
    "media_type", ["text/plain", "application/octet-stream", "", "xml", "text/html; charset=utf-8"]
)
def test_an_unknown_media_type_is_refused(refused: Refused, media_type: str) -> None:
    assert isinstance(refused(build_native(items=1), media_type), UnsupportedFormat)


@pytest.mark.parametrize("media_type", ["text/xml", "application/soap+xml", "Application/XML", None])
def test_every_media_type_of_xml_is_read(formats: Formats, media_type: str | None) -> None:
    assert formats.accept(build_native(items=1), media_type).declaration.lrn == "LRN-0001"


def test_a_message_larger_than_the_limit_is_refused_with_the_limit(refused: Refused) -> None:
    refusal = refused(b"x" * (9 * 1024 * 1024))
    assert isinstance(refusal, TooLarge)
    assert refusal.status == 413
    assert "8388608" in refusal.detail


@pytest.mark.parametrize(
    ("few", "too_many", "media_type"),
    [(b"<a><b/><b/><b/><b/></a>", b"<a><b/><b/><b/><b/><b/><b/></a>", XML), (b"[1,1,1,1]", b"[,,,,]", JSON)],
)
def test_a_message_is_too_large_by_its_marks(few: bytes, too_many: bytes, media_type: str) -> None:
    small = load(limits=IntakeLimits(max_elements=3))
    with pytest.raises(TooLarge):
        small.accept(too_many, media_type)
    with pytest.raises(DeclarationRefused) as caught:
        small.accept(few, media_type)
    assert not isinstance(caught.value, TooLarge)


def test_limits_are_those_that_are_configured() -> None:
    small = load(limits=IntakeLimits(max_bytes=1_000, max_violations=3, max_depth=5))
    with pytest.raises(TooLarge):
        small.accept(build_native(items=2), XML)
    with pytest.raises(SchemaViolated) as caught:
        small.accept(b'<Declaration xmlns="urn:eu-single-window:declaration:1"/>', XML)
    assert len(caught.value.violations) == 3
    assert "first 3" in caught.value.detail


def test_a_declaration_with_too_many_goods_items_is_refused_with_the_limit() -> None:
    small = load(limits=IntakeLimits(max_goods_items=2))
    small.accept(build_native(items=2), XML)
    for raw, media_type in ((xml(native(items=3)), XML), (as_json(native(items=3)), JSON)):
        with pytest.raises(BusinessRuleViolated) as caught:
            small.accept(raw, media_type)
        violation = only(caught.value)
        assert violation.rule == "goods_items_too_many"
        assert "3 goods items; at most 2" in violation.message
    with pytest.raises(BusinessRuleViolated):
        small.must_be_within_limits(load().accept(xml(native(items=3)), XML).declaration)


@pytest.mark.parametrize(
    ("rule", "limit"), [("documents_too_many", "at most 9 times"), ("references_too_many", "at most 5")]
)
def test_a_declaration_that_cites_too_much_is_refused_with_the_limit(rule: str, limit: str) -> None:
    enough = {
        "documents_too_many": IntakeLimits(max_documents=9),
        "references_too_many": IntakeLimits(max_references=5),
    }
    small = load(limits=enough[rule])
    small.accept(build_native(items=5, documents=5), XML)
    shared = native(items=5, documents=5)
    shared["GoodsShipment"]["SupportingDocument"] = [
        {"sequenceNumber": 1, "type": "N380", "referenceNumber": "INVOICE"}
    ]
    for raw, media_type in ((xml(shared), XML), (as_json(shared), JSON)):
        with pytest.raises(BusinessRuleViolated) as caught:
            small.accept(raw, media_type)
        violation = only(caught.value)
        assert violation.rule == rule
        assert limit in violation.message
        assert "in several declarations" in violation.message
    with pytest.raises(BusinessRuleViolated):
        small.must_be_within_limits(load().accept(xml(shared), XML).declaration)


def test_ten_thousand_things_wrong_are_placed_as_often_as_they_are_told(formats: Formats) -> None:
    """The place of each is looked for among its siblings: for all of them that would be the square of it."""

    def wrong(size: int) -> Callable[[], object]:
        declaration = native(items=size)
        for one in declaration["GoodsShipment"]["GoodsItem"]:
            one["SupportingDocument"][0]["amount"] = "5"
        raw = xml(declaration)

        def refused() -> None:
            with pytest.raises(BusinessRuleViolated) as caught:
                formats.accept(raw, XML)
            assert len(caught.value.violations) == 200

        return refused

    assert growth(wrong, (500, 1000)) < 1.3


@pytest.mark.whole
def test_the_heaviest_messages_are_refused_in_bounded_time_and_memory() -> None:
    """A process of its own, to which the system gives one gigabyte and two minutes and no more, refuses them all."""
    done = ran([sys.executable, "-W", "error", "-m", "tests.intake.heavy"], cwd=ROOT, timeout=2 * PATIENCE_S)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found == {name: [kind, rule] for name, (_, kind, rule) in heavy().items()}


def test_a_refusal_in_one_thread_never_speaks_of_another_message(formats: Formats) -> None:
    def refusal_of(number: int) -> tuple[int, list[str | None]]:
        declaration = native(items=3, lrn=f"LRN-{number}")
        wrong = number % 3
        declaration["GoodsShipment"]["GoodsItem"][wrong]["countryOfOrigin"] = f"X{number}"
        with pytest.raises(SchemaViolated) as caught:
            formats.accept(xml(declaration), XML)
        return number, [f"{one.path} {one.message}" for one in caught.value.violations]

    with ThreadPoolExecutor(8) as threads:
        for number, found in threads.map(refusal_of, range(10, 410)):
            (told,) = found
            assert told is not None
            assert told.startswith(f"/Declaration/GoodsShipment/GoodsItem[{number % 3 + 1}]/countryOfOrigin")
            assert f"“X{number}”" in told


def test_nothing_outside_the_message_is_ever_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret")
    body = f'<!DOCTYPE a [<!ENTITY e SYSTEM "{secret.as_uri()}">]><a>&e;</a>'
    with pytest.raises(ForbiddenMarkup) as caught:
        parse(body.encode(), limits=IntakeLimits())
    assert "secret" not in str(caught.value.violations)


def test_a_schema_location_in_a_message_is_never_followed(formats: Formats) -> None:
    raw = build_native(items=1).replace(
        b"<Declaration ",
        b'<Declaration xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        b'xsi:schemaLocation="urn:eu-single-window:declaration:1 file:///nowhere/else.xsd" ',
    )
    assert formats.accept(raw, XML).declaration.lrn == "LRN-0001"


def test_json_is_told_from_xml_by_its_first_character_only_if_nobody_says(refused: Refused) -> None:
    assert rules(refused(build_native(items=1), JSON)) == ["well-formed"]
    assert rules(refused(b"{}", XML)) == ["well-formed"]
