"""What goods need, asked before anything is declared: over HTTP, in three languages, and in a preflight."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gateway.access import WHO_MAY, Call
from gateway.api.schemas.answers import PreflightBody
from gateway.api.schemas.requirements import RequirementsBody
from gateway.api.views.authority_states import AuthorityState, authority_states
from gateway.dispatch import AdapterHealth, BreakerState
from gateway.domain.authority_figures import Answering
from gateway.settings import Role
from tests.api.lodging import NUMBERS, XML, is_problem
from tests.builders.databases import Databases
from tests.builders.door import Door, keyed, opened
from tests.builders.running import Authorities, declaration, served
from tests.cli.typed import gateway

OYSTERS = {"code": "0307111010", "direction": "import", "origin": "US", "procedure": "4000", "on": "2022-04-01"}
LIVE = {state.value for state in AuthorityState} - {"not_connected"}


@pytest.fixture(scope="module")
def taric(
    simulated_for_api: Authorities, databases: Databases, corpus: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Door]:
    """A gateway with the measures on oysters beside the delivered tables."""
    out = tmp_path_factory.mktemp("oysters") / "taric"
    answer = corpus / "tariff-answers" / "flat-oysters-for-human-consumption.json"
    done = gateway("tables", "load-taric", str(answer), "--out", str(out), "--as-of", "2022-04-01")
    assert done.returncode == 0, done.stderr
    with databases.one() as url:
        environment = {**keyed(simulated_for_api, url), "GATEWAY_TABLES": json.dumps([str(out)])}
        with served(environment) as running, opened(running, simulated_for_api) as way:
            yield way


def asked(door: Door, caller: str = "trader", language: str = "en", **query: Any) -> dict[str, Any]:
    answer = door[caller].get("/v1/requirements", params=query, headers={"Accept-Language": language})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-language"] == language
    assert answer.headers["vary"] == "Accept-Language"
    RequirementsBody.model_validate(answer.json())
    found: dict[str, Any] = answer.json()
    return found


def the(found: list[dict[str, Any]], measure: str) -> dict[str, Any]:
    (one,) = (one for one in found if one["measure"] == measure)
    return one


@pytest.mark.parametrize(
    ("language", "name", "limit", "waiver", "officer", "covered"),
    [
        (
            "en", "veterinary control (TARIC 410)", "Nothing has to be declared for it up to 20 kg.",
            "The declarant's own statement is enough.", "a customs officer verifies it", "All measures of TARIC on these goods are known",
        ),
        (
            "de", "Veterinärkontrolle (TARIC 410)", "Bis 20 kg ist dafür nichts anzumelden.",
            "Die eigene Erklärung des Anmelders genügt.", "Die Zollstelle prüft die Unterlage", "Alle Maßnahmen des TARIC",
        ),
        (
            "fr", "contrôle vétérinaire (TARIC 410)", "Jusqu’à 20 kg, rien n’est à déclarer à ce titre.",
            "La seule déclaration du déclarant suffit.", "un agent des douanes vérifie le document", "Toutes les mesures du TARIC",
        ),
    ],
)  # fmt: skip
def test_oysters_in_three_languages(
    taric: Door, language: str, name: str, limit: str, waiver: str, officer: str, covered: str
) -> None:
    found = asked(taric, language=language, **OYSTERS)
    control = the(found["measures"], "veterinary control (TARIC 410)")
    assert control["name"] == name
    assert name in control["says"][0]
    documents, limited = control["groups"]
    by_code = {one["code"]: one for one in documents["documents"]}
    certificate = by_code["N853"]
    assert (certificate["electronic"], certificate["authority"]["adapter"]) == (True, "traces")
    assert certificate["authority"]["state"] in LIVE
    assert certificate["optional"]
    assert certificate["compared"] == {"commodity": "required", "dispatch": "when_named"}
    assert not by_code["999L"]["electronic"]
    assert officer in " ".join(by_code["999L"]["says"])
    assert [one["code"] for one in documents["waivers"]] == ["C084", "Y058"]
    statement = documents["waivers"][1]
    assert (statement["code"], statement["declarant_suffices"], statement["says"]) == ("Y058", True, [waiver])
    assert limited["limits"] == [{"amount": "20", "unit": "KGM", "currency": None, "says": limit}]
    assert [one["declarant_suffices"] for one in limited["waivers"]] == [False]  # C084, which an officer verifies
    health = the(found["measures"], "animal health certificate (TARIC 350)")
    assert (health["waivable"], {one["code"] for one in health["groups"][0]["documents"]}) == (False, {"9120", "999L"})
    assert health["name"] in " ".join(found["says"])
    organic = the(found["measures"], "import control of organic products (TARIC 750)")["groups"][0]
    assert [(one["code"], one["declarant_suffices"]) for one in organic["waivers"]] == [("Y929", True)]
    coverage = found["coverage"]
    assert (coverage["taric"], coverage["as_of"]) == ("whole", "2022-04-01")
    assert coverage["tables"]["digest"].startswith("sha256:")
    assert covered in coverage["says"][0]
    # Our own row was made of the law for want of TARIC, and ends where TARIC says it itself.
    assert "organic products" not in {one["measure"] for one in (*found["measures"], *found["may_apply"])}
    assert (control["valid_from"], control["valid_to"], control["legal_basis"]) == (
        "2022-01-29", "2023-09-30", "C2100270",
    )  # fmt: skip


def test_no_two_languages_say_the_same(taric: Door) -> None:
    english, german, french = (asked(taric, language=language, **OYSTERS) for language in ("en", "de", "fr"))
    for one, other in ((english, german), (english, french), (german, french)):
        said, again = set(_said(one)), set(_said(other))
        assert said
        assert said.isdisjoint(again)
    bases, data = zip(*(_parted(one) for one in (english, german, french)), strict=True)
    assert data[0] == data[1] == data[2]
    assert "Reg. (EU) " in bases[0]
    assert all("Reg." not in one and "Annex " not in one for one in bases[1:])
    assert " VO (EU) " in f" {bases[1]}"
    assert "règl. (UE) " in bases[2]


def _parted(body: Any) -> tuple[str, Any]:
    """The legal bases of an answer, and the data that are the same in every language."""
    bases: list[str] = []

    def without(one: Any) -> Any:
        if isinstance(one, dict):
            bases.extend(value for name, value in one.items() if name == "legal_basis" and value is not None)
            return {name: without(value) for name, value in one.items() if name != "legal_basis"}
        return [without(each) for each in one] if isinstance(one, list) else one

    data = without(_data(body))
    return "; ".join(bases), data


def _said(body: Any) -> Iterator[str]:
    if isinstance(body, dict):
        for name, value in body.items():
            if name == "says":
                yield from value if isinstance(value, list) else [value]
            else:
                yield from _said(value)
    elif isinstance(body, list):
        for one in body:
            yield from _said(one)


def _data(body: Any) -> Any:
    """What is no text; nor how an authority answers, which may be another process's view; nor our notes, which traders do not read."""
    if isinstance(body, dict):
        return {name: _data(value) for name, value in body.items() if name not in ("says", "name", "state", "source")}
    return [_data(one) for one in body] if isinstance(body, list) else body


@pytest.mark.parametrize("caller", [role.value for role in Role])
def test_every_role_that_may_is_answered_alike(taric: Door, caller: str) -> None:
    if Role(caller) in WHO_MAY[Call.REQUIREMENTS]:
        assert _data(asked(taric, caller, **OYSTERS)) == _data(asked(taric, **OYSTERS))
    else:
        is_problem(taric[caller].get("/v1/requirements", params=OYSTERS), 403, "SW-API-403")


def test_facts_may_be_left_out(taric: Door) -> None:
    found = asked(taric, code="030711", direction="import", on="2022-04-01")
    assert "more_digits" in the(found["may_apply"], "veterinary control (TARIC 410)")["depends_on"]
    assert found["coverage"]["taric"] == "part"
    today = asked(taric, code="0307111010", direction="import", additional_code=["4999", "2501"])
    assert today["goods"]["additional_codes"] == ["4999", "2501"]
    assert today["coverage"]["taric"] == "part", "the answer spoke of another day"
    assert any("1 Apr 2022" in one for one in today["coverage"]["says"])


@pytest.mark.parametrize(
    ("language", "asked_on", "holds"),
    [
        ("en", "30 Nov 2026", "This requirement holds here since 28 Sept 2026."),
        ("de", "30. Nov. 2026", "Diese Anforderung gilt hier seit dem 28. Sept. 2026."),
        ("fr", "30 nov. 2026", "Cette exigence vaut ici depuis le 28 sept. 2026."),
    ],
)
def test_a_trader_reads_days_as_people_write_them_and_no_working_notes(
    door: Door, language: str, asked_on: str, holds: str
) -> None:
    steel = {"code": "73181595", "direction": "import", "origin": "CN", "procedure": "40", "on": "2026-11-30"}
    found = asked(door, language=language, **steel)
    assert asked_on in found["says"][0]
    (carbon,) = (one for one in found["measures"] if "carbon" in one["measure"])
    assert any(holds in one for one in carbon["says"]), carbon["says"]
    assert "2026-09" not in " ".join(_said(found))
    assert {one["source"] for one in found["measures"]} == {None}
    assert all(one["source"] for one in asked(door, "customs", **steel)["measures"])


def test_without_taric_nothing_is_said_to_be_needless(door: Door) -> None:
    found = asked(door, code="94036090", direction="import", origin="CN", procedure="40")
    assert (found["measures"], found["may_apply"], found["by_officer"]) == ([], [], [])
    assert (found["coverage"]["taric"], found["coverage"]["as_of"]) == ("none", None)
    assert "does not say that nothing is needed" in found["says"][1]


BAD: list[tuple[str, str]] = [
    ("code", "12345"), ("direction", "sideways"), ("origin", "France"), ("dispatch", "f"), ("destination", "12"),
    ("procedure", "4"), ("on", "2026-02-30"), ("additional_code", "12345"), ("colour", "red"), ("on", "2026-01-01"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("language", "code"),
    [
        ("en", "A commodity code has 6 to 10 digits"),
        ("de", "Eine Warennummer hat 6 bis 10 Ziffern"),
        ("fr", "chiffres"),
    ],
)
def test_all_faults_of_a_call_are_told_at_once(door: Door, language: str, code: str) -> None:
    answer = door["trader"].get("/v1/requirements", params=BAD, headers={"Accept-Language": language})  # type: ignore[arg-type]
    errors = {one["path"]: one for one in is_problem(answer, 422, "SW-API-422")["errors"]}
    assert set(errors) == {f"/query/{name}" for name, _ in BAD}
    assert errors["/query/on"]["rule"] == "repeated"
    assert code in errors["/query/code"]["message"]
    assert "France" not in answer.text


@pytest.mark.parametrize(
    ("query", "path", "rule"),
    [
        ({"direction": "import"}, "/query/code", "missing"),
        ({"code": "0307111010"}, "/query/direction", "missing"),
        ({"code": "03071110101", "direction": "import"}, "/query/code", "code"),
        ({"code": "0307.11", "direction": "import"}, "/query/code", "code"),
        ({"code": "٠٣٠٧١١", "direction": "import"}, "/query/code", "code"),
        ({"code": "030711", "direction": "Import"}, "/query/direction", "direction"),
        ({"code": "030711", "direction": "transit", "procedure": "40"}, "/query/procedure", "no_procedure"),
        ({"code": "030711", "direction": "import", "on": "2026-11-24T00:00"}, "/query/on", "day"),
        ({"code": "030711", "direction": "import", "on": "20261124"}, "/query/on", "day"),
        ({"code": "030711", "direction": "import", "origin": "fr"}, "/query/origin", "country"),
        ({"code": "030711", "direction": "import", "additional_code": ["4999"] * 21}, "/query/additional_code", "many"),
        (
            {"code": "030711", "direction": "import", "additional_procedure": "F0"},
            "/query/additional_procedure",
            "additional_procedure",
        ),
        (
            {"code": "030711", "direction": "import", "additional_procedure": ["F01"] * 21},
            "/query/additional_procedure",
            "many",
        ),
    ],
)
def test_a_call_that_cannot_be_answered_names_the_parameter(
    door: Door, query: dict[str, Any], path: str, rule: str
) -> None:
    body = is_problem(door["trader"].get("/v1/requirements", params=query), 422, "SW-API-422")
    assert [(one["path"], one["rule"]) for one in body["errors"]] == [(path, rule)]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "is not in customs' list of countries"),
        ("de", "steht nicht in der Länderliste des Zolls"),
        ("fr", "ne figure pas dans la liste des pays de la douane"),
    ],
)
def test_a_country_that_is_in_no_list_is_told(door: Door, language: str, words: str) -> None:
    said = {"origin": "UK", "dispatch": "EL", "destination": "ZZ"}
    query = {"code": "030711", "direction": "import", **said}
    answer = door["trader"].get("/v1/requirements", params=query, headers={"Accept-Language": language})
    errors = is_problem(answer, 422, "SW-API-422")["errors"]
    assert [(one["path"], one["rule"]) for one in errors] == [(f"/query/{name}", "country_unknown") for name in said]
    assert all(f"{code} {words}" in one["message"] for code, one in zip(said.values(), errors, strict=True))
    known = {"origin": "GB", "dispatch": "GR", "destination": "XS"}
    assert asked(door, language=language, code="030711", direction="import", **known)["goods"]["origin"] == "GB"


def test_a_day_at_either_end_of_the_calendar_is_answered(door: Door) -> None:
    for day in ("0001-01-01", "9999-12-31"):
        assert asked(door, code="030711", direction="import", on=day)["goods"]["on"] == day


def test_a_preflight_tells_the_same_for_each_goods_item(door: Door) -> None:
    raw = declaration("01", f"REQUIRED-{next(NUMBERS):04d}")
    answer = door["customs"].post("/v1/preflight", content=raw, headers={**XML, "Accept-Language": "fr"})
    assert answer.status_code == 200, answer.text
    PreflightBody.model_validate(answer.json())
    found = answer.json()["requirements"]
    assert answer.json()["requirements_left_out"] == []
    items = {one["goods_item"] for one in answer.json()["decision"]["items"]}
    assert sorted(number for one in found for number in one["goods_items"]) == sorted(items)
    for one in found:
        goods = {name: value for name, value in one["goods"].items() if value}
        goods["additional_code"] = goods.pop("additional_codes", [])
        alone = asked(door, "customs", "fr", **goods)
        certain = {measure["measure"] for measure in one["measures"]}
        assert certain >= {measure["measure"] for measure in alone["measures"]}
        assert one["coverage"] == alone["coverage"]
    assert any(one["measures"] for one in found)


@pytest.mark.parametrize(
    ("language", "judged"),
    [
        ("en", "With the additional procedure F01 a customs officer judges what is missing"),
        ("de", "Bei dem zusätzlichen Verfahren F01 beurteilt die Zollstelle"),
        ("fr", "Sous le régime complémentaire F01, un agent des douanes apprécie"),
    ],
)
def test_additional_procedures_are_taken_into_account(door: Door, language: str, judged: str) -> None:
    goods = {"code": "02013000", "direction": "import", "origin": "US", "procedure": "6110", "language": language}
    returned = asked(door, additional_procedure=["F01", "C01"], **goods)
    assert returned["goods"]["additional_procedures"] == ["F01", "C01"]
    assert any(judged in one for one in returned["says"])
    assert not any(judged in one for one in asked(door, **goods)["says"])


NOW = datetime(2026, 11, 25, tzinfo=UTC)


def health(**more: Any) -> AdapterHealth:
    facts: dict[str, Any] = {
        "name": "traces", "title": "", "authority": "", "tier": "", "document_types": (), "breaker": BreakerState.CLOSED,
        "delivered": True, "enabled": True, "disabled_at": None, "overruns": 0, "in_flight": 0, "latency_p50_ms": None,
        "latency_p95_ms": None, "calls": 0, "failures": 0, "last_failure_code": None, "last_ok_at": None,
    }  # fmt: skip
    return AdapterHealth(**(facts | more))


@pytest.mark.parametrize(
    ("facts", "known", "state"),
    [
        ({}, {}, "not_asked_yet"),
        ({}, {"last_ok_at": NOW}, "answers"),
        ({"failures": 1}, {}, "does_not_answer"),
        # Another replica was answered meanwhile.
        ({"failures": 1, "breaker": BreakerState.OPEN}, {"last_ok_at": NOW, "away_at": NOW}, "answers"),
        ({"last_ok_at": NOW}, {"last_ok_at": NOW, "down_since": NOW}, "does_not_answer"),
        ({"last_ok_at": NOW, "enabled": False}, {"last_ok_at": NOW}, "does_not_answer"),
    ],
)
def test_an_authority_answers_only_if_it_did(facts: dict[str, Any], known: dict[str, Any], state: str) -> None:
    answering = {"traces": Answering(**known)}
    assert authority_states([health(**facts)], answering) == {"traces": AuthorityState(state)}


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "It is enough for at most 20 kg of all goods of the declaration together."),
        ("de", "Sie gilt für höchstens 20 kg, alle Waren der Anmeldung zusammen."),
        ("fr", "Cela suffit pour 20 kg au plus de toutes les marchandises de la déclaration ensemble."),
    ],
)
def test_a_waiver_for_small_consignments_says_up_to_which_mass(door: Door, language: str, sentence: str) -> None:
    found = asked(door, language=language, code="03021100", direction="import", origin="US", procedure="4000")
    waivers = [
        waiver for measure in found["measures"] for group in measure["groups"] for waiver in group["waivers"]
        if waiver["code"] == "Y058"
    ]  # fmt: skip
    assert waivers
    assert {one["up_to_kilograms"] for one in waivers} == {"20"}
    assert all(sentence in one["says"] for one in waivers)
