"""Decisions and refusals over HTTP in the caller's language."""

import json
import re
import socket
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import httpx
import psycopg
import pytest

from gateway.api.localization import Wording
from gateway.domain.decision import Effect
from gateway.settings import default_folder
from gateway.settings.messages import load_catalogue
from tests.api.lodging import NUMBERS, XML, lodge
from tests.builders.door import PREFLIGHTS, Door
from tests.builders.running import declaration
from tests.builders.shown import finding

BEGINS = {
    "en": ("Commodity code 04069021 is not covered by N853", "Correct the commodity code, or declare"),
    "fr": ("Le code des marchandises 04069021 n’est pas couvert par le document N853", "Corrigez le code des marchandises"),
    "de": ("Die Warennummer 04069021 ist durch die Unterlage N853", "Berichtigen Sie die Warennummer"),
}  # fmt: skip


def findings(answer: httpx.Response) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["decision"]["findings"]
    return found


def is_in(answer: httpx.Response, language: str, told: dict[str, Any], *, beside: str = "") -> None:
    assert answer.headers["content-language"] == language + beside
    assert answer.headers["vary"] == "Accept-Language"
    assert told["message"].startswith(BEGINS[language][0])
    assert told["remedy"].startswith(BEGINS[language][1])
    assert "params" not in told


@pytest.fixture(scope="module")
def here(door: Door) -> str:
    """A declaration that was decided for a caller who reads English."""
    answer = lodge(door["customs"], "04")
    is_in(answer, "en", findings(answer)[0])
    found: str = answer.json()["links"]["self"]
    return found


@pytest.mark.parametrize(
    ("header", "language"),
    [("fr", "fr"), ("fr-BE, en;q=0.5", "fr"), ("de-AT", "de"), ("nl, de;q=0.1", "de"), ("nl", "en"), ("*", "en")],
)
@pytest.mark.parametrize("caller", ["customs", "trader"])
def test_what_was_decided_is_read_in_the_callers_language(
    door: Door, here: str, caller: str, header: str, language: str
) -> None:
    asked = {"Accept-Language": header}
    answer = door[caller].get(here, headers=asked)
    is_in(answer, language, findings(answer)[0])
    page = door[caller].get("/v1/declarations", params={"lrn": answer.json()["lrn"]}, headers=asked)
    is_in(page, language, page.json()["items"][0]["decision"]["findings"][0])


@pytest.mark.parametrize(
    ("language", "title", "beside"),
    [
        ("fr", "Ce que disent les règles", "Réponse donnée par TRACES"),
        ("de", "Was die Regeln sagen", "Befragt wurde TRACES"),
        ("en", "What the rules say", "TRACES was asked about it"),
    ],
)
@pytest.mark.parametrize("caller", ["officer", "trader"])
def test_an_explanation_is_told_in_the_callers_language(
    door: Door, here: str, caller: str, language: str, title: str, beside: str
) -> None:
    answer = door[caller].get(f"{here}/explanation", headers={"Accept-Language": language})
    is_in(answer, language, answer.json()["documents"][0]["findings"][0])
    sections = answer.json()["told"]
    assert title in [section["title"] for section in sections]
    said = [sentence for section in sections for paragraph in section["paragraphs"] for sentence in paragraph]
    assert any(sentence.startswith(beside) for sentence in said)
    assert any(BEGINS[language][0] in sentence for sentence in said)


@pytest.mark.parametrize("language", ["de", "fr"])
@pytest.mark.parametrize("caller", ["officer", "trader", "customs"])
def test_legal_bases_are_cited_in_the_callers_language_and_stored_in_english(
    door: Door, here: str, caller: str, language: str
) -> None:
    english = list(bases(door[caller].get(here).json()))
    assert any("Reg. (EU) " in one for one in english)
    asked = {"Accept-Language": language}
    answers = [door[caller].get(path, headers=asked).json() for path in (here, f"{here}/explanation")]
    for answer in answers if caller != "customs" else answers[:1]:
        cited = list(bases(answer))
        assert any({"de": "VO (EU) ", "fr": "règl. (UE) "}[language] in one for one in cited)
        assert not any(re.search(r"Reg\.|UCC|Annex ", one) for one in cited), cited
    if caller != "customs":
        told = [sentence for one in answers[1]["told"] for paragraph in one["paragraphs"] for sentence in paragraph]
        said = [one for one in told if one.startswith(("Rechtsgrundlage: ", "Base juridique : "))]
        assert said
        assert not any(re.search(r"Reg\.|UCC|Annex ", one) for one in said), said
    assert list(bases(door[caller].get(here).json())) == english


def bases(body: Any) -> Iterator[str]:
    """Every legal basis in an answer."""
    if isinstance(body, dict):
        for name, value in body.items():
            yield from [value] if name == "legal_basis" and value else bases(value)
    elif isinstance(body, list):
        for one in body:
            yield from bases(one)


def test_the_answer_to_whoever_lodges_is_in_their_language(door: Door) -> None:
    answer = lodge(door["customs"], "04", **{"Accept-Language": "de"})
    is_in(answer, "de", findings(answer)[0])


def test_a_preflight_is_answered_in_the_callers_language(door: Door) -> None:
    raw = declaration("04", f"API-{next(NUMBERS):04d}")
    for _ in range(PREFLIGHTS):
        answer = door["customs"].post("/v1/preflight", content=raw, headers={**XML, "Accept-Language": "fr"})
        if answer.status_code != 429:
            break
    is_in(answer, "fr", findings(answer)[0])


def test_a_refusal_that_is_not_confirmed_is_held_in_the_traders_language(door: Door) -> None:
    found = lodge(door["customs"], "03").json()["links"]["self"]
    told = findings(door["trader"].get(found, headers={"Accept-Language": "fr"}))[0]
    assert told["code"] == "SW-API-HELD"
    assert told["message"].startswith("La douane examine encore")
    assert told["remedy"].startswith("Tenez les documents à disposition"), "the cause's own remedy would tell it"
    assert findings(door["officer"].get(found, headers={"Accept-Language": "fr"}))[0]["message"].startswith(
        "Le poste de contrôle frontalier a refusé"
    )


@pytest.mark.parametrize(
    "raw",
    [
        b"fr;q=9",
        b"fr;;;",
        b"\xff\xfe",
        "français".encode(),
        b"fr\tde",
        b",;,=",
        b"q=1;fr",
        b"*;q=0",
        b"fr;q=0",
        b"x" * 4_000,
        b"a-" * 4_000,
        b"",
    ],
)
def test_a_header_that_is_none_is_answered_in_english(door: Door, here: str, raw: bytes) -> None:
    where = urlsplit(door.url)
    key = door["customs"].headers["x-api-key"].encode()
    call = b"GET %b HTTP/1.1\r\nHost: x\r\nX-API-Key: %b\r\nAccept-Language: %b\r\nConnection: close\r\n\r\n"
    with socket.create_connection((where.hostname, where.port), timeout=30) as connection:
        connection.sendall(call % (here.encode(), key, raw))
        answer = b""
        while part := connection.recv(65_536):
            answer += part
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 ")
    assert b"content-language: en" in head.lower()
    assert json.loads(body)["decision"]["findings"][0]["message"].startswith(BEGINS["en"][0])


@pytest.mark.parametrize(
    ("language", "schema", "rule"),
    [
        ("en", "LRN (12 09 001, local reference number) has 24 characters", "The quantity of document N853"),
        ("fr", "LRN (12 09 001, numéro de référence local) compte 24 caractères", "La quantité du document N853"),
        ("de", "LRN (12 09 001, örtliche Bezugsnummer) hat 24 Zeichen", "Die Menge der Unterlage N853"),
    ],
)
def test_violations_are_told_in_the_callers_language(door: Door, language: str, schema: str, rule: str) -> None:
    asked = {**XML, "Accept-Language": language}
    long = door["customs"].post("/v1/declarations", content=declaration("01", "L" * 24), headers=asked)
    assert long.status_code == 422
    assert long.json()["errors"][0]["message"].startswith(schema)
    raw = declaration("01", f"API-{next(NUMBERS):04d}").replace(
        b"0000001</referenceNumber>", b"0000001</referenceNumber><quantity>1</quantity>"
    )
    assert b"<quantity>" in raw
    broken = door["customs"].post("/v1/declarations", content=raw, headers=asked)
    assert broken.status_code == 422
    told = broken.json()["errors"][0]
    assert told["message"].startswith(rule)
    assert told.keys() == {"code", "message", "path", "line", "rule"}
    for answer in (long, broken):
        assert answer.headers["content-language"] == language
        assert answer.headers["vary"] == "Accept-Language"


def test_what_was_decided_before_parameters_were_kept_stays_english(door: Door, api_database: str) -> None:
    found = lodge(door["customs"], "04").json()
    here = found["links"]["self"]
    with psycopg.connect(api_database) as connection:
        row = connection.execute("SELECT body FROM decision WHERE declaration_id = %s", (found["id"],)).fetchone()
        assert row is not None
        body = json.loads(row[0])
        for stored in body["decision"]["findings"]:
            del stored["params"]
        connection.execute("SET session_replication_role = replica")  # decisions are append-only
        connection.execute("UPDATE decision SET body = %s WHERE declaration_id = %s", (json.dumps(body), found["id"]))
    answer = door["trader"].get(here, headers={"Accept-Language": "fr"})
    # Its time limits are told in the language that was asked for.
    is_in(answer, "en", findings(answer)[0], beside=", fr")


def test_languages_of_one_answer_are_both_named() -> None:
    catalogue = load_catalogue(default_folder())
    wording = Wording(catalogue.languages["fr"], catalogue.held["fr"])
    new = replace(finding(Effect.HOLD), params={"authority": "TRACES", "held": "C640"})
    assert wording.finding(new).message.startswith("La référence CHEDP.FR.2026.1 est déclarée")
    assert wording.headers["Content-Language"] == "fr"
    assert wording.finding(finding(Effect.HOLD)) == finding(Effect.HOLD)
    assert wording.headers["Content-Language"] == "fr, en"
    retired = replace(new, code="SW-DEC-999")
    assert wording.finding(retired) == retired, "a code that the catalogue does not have any more"


GERMAN = {"Accept-Language": "de"}


def test_how_many_violations_there_are_is_told_in_the_callers_language(door: Door) -> None:
    answer = door["customs"].post("/v1/declarations", content=declaration("01", "L" * 24), headers={**XML, **GERMAN})
    assert answer.json()["title"] == "Die Nachricht folgt ihrem Schema nicht"
    assert answer.json()["detail"] == "Die Nachricht folgt ihrem Schema nicht: 1 Verstoß."


def test_what_stands_against_a_release_is_titled_in_the_callers_language(door: Door) -> None:
    here = lodge(door["customs"], "04").json()["links"]["self"]
    refused = door["customs"].post(f"{here}/release", json={}, headers=GERMAN)
    assert refused.status_code == 409, refused.text
    told = {each["code"]: each["title"] for gate in refused.json()["release_gate"] for each in gate["obstacles"]}
    assert told["SW-API-618"] == "Die Entscheidung lässt es nicht zu: Beamte dürfen sich darüber hinwegsetzen"
    assert refused.headers["content-language"] == "de", refused.text
    shown = door["customs"].get(here, headers=GERMAN).json()["release_gate"]
    assert {each["code"]: each["title"] for gate in shown for each in gate["obstacles"]}.items() <= told.items()


def test_a_refusal_is_told_in_the_callers_language(door: Door) -> None:
    """Its title and its detail, with what stands in it; its code and the page that it leads to are the same in all."""
    nobody = httpx.get(f"{door.url}/v1/me", headers={"Accept-Language": "fr"})
    calls = {
        "Das gibt es nicht, oder der Aufrufer darf es nicht sehen": door["customs"].get(
            "/v1/declarations/26FR00000000000002", headers=GERMAN
        ),
        "Der Inhalt des Aufrufs ist nicht gültig": door["customs"].get("/v1/declarations?efect=hold", headers=GERMAN),
        "Diese Methode kennt die Ressource nicht": door["customs"].delete("/v1/me", headers=GERMAN),
        "Die Rolle des Aufrufers darf diesen Aufruf nicht machen": door["trader"].get("/v1/acts", headers=GERMAN),
        "L’appelant n’a pas dit qui il est, ou la clé n’est pas connue": httpx.get(
            f"{door.url}/v1/me", headers={"Accept-Language": "fr", "X-API-Key": "nobody's"}
        ),
        "L’appel n’apporte aucune preuve d’identité": nobody,
    }
    for title, answer in calls.items():
        told = answer.json()
        assert told["title"] == title
        assert told["type"] == f"/docs/guide/customs.html#{told['code']}"
        assert answer.headers["vary"] == "Accept-Language"
        assert answer.headers["content-language"].startswith(
            "fr" if "fr" in answer.request.headers["accept-language"] else "de"
        )
    assert nobody.json()["detail"] == "Il faut une clé, dans `Authorization` (Bearer) ou dans `X-API-Key`."
    assert nobody.headers["content-language"] == "fr"
    nowhere = door["customs"].get("/v1/nowhere", headers=GERMAN).json()
    assert (nowhere["code"], nowhere["detail"]) == ("SW-API-404", "Unter dieser Adresse ist nichts.")
