"""Personal data in answers is replaced by made-up values of the same shape; what is doubtful is told."""

import json

import pytest

from gateway.conformance.pseudonyms import Pseudonyms
from gateway.conformance.secrecy import personal_data_in

HOLDER = {
    "name": "Jean Dupont", "eori": "FR12345678900012", "email": "jean@dupont.fr", "phone": "+33 1 23 45 67 89",
    "address": {"street": "12 rue de la Paix", "postcode": "75002", "city": "Paris", "country": "FR"},
    "date_of_birth": "1961-07-02", "passport_number": "12AB34567",
}  # fmt: skip
PERSONAL = ("Dupont", "12345678900012", "dupont.fr", "23 45", "Paix", "75002", "Paris", "1961", "12AB34567")


def test_what_is_about_a_person_is_made_up_and_the_rest_stays_as_it_is() -> None:
    body = (
        b'{"number":"ID/17", "licence": {"status":  "ISSUED", "volume": 120.50, "holder": %s}}'
        % json.dumps(HOLDER).encode()
    )
    pseudonyms = Pseudonyms(("ID/17",))
    text = pseudonyms.body(body).decode()
    assert [one for one in PERSONAL if one in text] == []
    assert text.startswith('{"number":"ID/17", "licence": {"status":  "ISSUED", "volume": 120.50, "holder": {')
    assert json.loads(text)["licence"]["holder"] == {
        "name": "Made-up Person 1", "eori": "FR00000000000001", "email": "made.up.1@gateway.example", "phone": "000 0 00 00 00 00",
        "address": {"street": "Made-up Place 1", "postcode": "00000", "city": "Made-up Place 3", "country": "FR"},
        "date_of_birth": "1970-01-01", "passport_number": "00XX00002",
    }  # fmt: skip
    assert list(personal_data_in(text)) == [], "the kit takes what is made up for nobody's"
    assert len(list(personal_data_in(body.decode()))) == 3
    assert pseudonyms.doubtful == []


def test_one_person_stays_one_person_and_two_stay_two() -> None:
    pseudonyms = Pseudonyms()
    first = pseudonyms.body(b'{"holder": {"name": "A B"}, "applicant": "A B", "owner": {"name": "C D"}}')
    assert (
        first
        == b'{"holder": {"name": "Made-up Person 1"}, "applicant": "Made-up Person 1", "owner": {"name": "Made-up Person 2"}}'
    )
    assert pseudonyms.body(first.replace(b"Made-up Person 2", b"C D")).count(b"Made-up Person 2") == 1
    assert pseudonyms.body(b'{"holder": {"name": "C D"}}') == b'{"holder": {"name": "Made-up Person 2"}}'


def test_xml_is_read_by_the_names_of_elements_and_attributes() -> None:
    body = (
        b'<s:Envelope xmlns:s="urn:s"><c:Holder xmlns:c="urn:c" eori="DE123456789012"><c:Name>Erika Mustermann</c:Name>'
        b"<c:ContactEmail>e@muster.de</c:ContactEmail></c:Holder><c:Number xmlns:c='urn:c'>DE2026CITES0000017</c:Number></s:Envelope>"
    )
    text = Pseudonyms(("DE2026CITES0000017",)).body(body).decode()
    assert 'eori="DE000000000001"' in text
    assert "<c:Name>Made-up Person 1</c:Name><c:ContactEmail>made.up.1@gateway.example<" in text
    assert "DE2026CITES0000017" in text


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b'{"remarks": "asked for by his wife"}', ["remarks: a text"]),
        (b'{"product": {"name": "sawn wood"}}', ["product.name: a text"]),
        (b'{"status": "ISSUED", "remarks": "none"}', []),
        (b'{"holder": {"phone": 33123456789}}', ["holder.phone: a number"]),
        (b"\xff\xfe", ["the body: it is no text in UTF-8"]),
    ],
)
def test_what_is_doubtful_stays_and_is_told(body: bytes, told: list[str]) -> None:
    pseudonyms = Pseudonyms()
    assert pseudonyms.body(body) == body
    assert pseudonyms.doubtful == told


def test_what_nobody_named_is_found_by_its_form() -> None:
    body = b'{"x": "write to a.b@ministry.fr or +49 30 1234567, trader NL001234567B01", "y": ["FR98765432100011", "CHEDP.FR.2026.0000001"]}'
    text = Pseudonyms().body(body).decode()
    assert text == (
        '{"x": "write to made.up.1@gateway.example or 000 00 0000000, trader NL000000000X01", '
        '"y": ["FR00000000000002", "CHEDP.FR.2026.0000001"]}'
    )


@pytest.mark.parametrize(
    "body", [b"", b"{", b'{"a', b"[[[", b"<a><b></a>", b'{"a": "\\x"}', b"}]}", b'"x"', b"{" * 5000]
)
def test_whatever_is_said_comes_through(body: bytes) -> None:
    assert Pseudonyms().body(body) == body
