"""The codes of another administration's profile, as customs, officers and traders are shown them by a running gateway."""

from tests.api.lodging import WAIT, XML, lodge
from tests.builders.commands import ran_here
from tests.builders.door import Door
from tests.builders.running import clean_environment, declaration


def test_documents_carry_the_code_for_customs_and_not_for_traders(door: Door, api_database: str) -> None:
    lodged = lodge(door["customs"]).json()
    document, *_ = lodged["documents"]
    assert document["effect"] == "release"
    national = document["national"]
    assert (national["profile"], national["code"], national["detail"], national["unknown"]) == ("gb", "C03", "", [])
    assert national["says"] == "inspection done, acceptable"
    assert national["facts"]["check_code"] == "H222"
    here = lodged["links"]["self"]
    assert door["officer"].get(here).json()["documents"] == lodged["documents"]
    explained = door["officer"].get(f"{here}/explanation")
    assert explained.json()["documents"][0]["national"] == national
    assert explained.json()["again"]["outcome"] == "same"
    assert "Code of the profile gb: C03 (inspection done, acceptable)" in explained.text
    german = door["auditor"].get(f"{here}/explanation", headers={"Accept-Language": "de"})
    assert "Code des Profils gb: C03" in german.text
    for path in (here, f"{here}/explanation"):
        answer = door["trader"].get(path)
        assert answer.json()["documents"][0]["national"] is None
        assert "C03" not in answer.text
    # Whoever recomputes it finds the profile with the tables in the database, whatever its own configuration says.
    done = ran_here({**clean_environment(), "GATEWAY_DATABASE_URL": api_database}, "replay", lodged["id"])
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_is_held_or_refused_gets_no_code_that_releases(door: Door) -> None:
    refused = lodge(door["customs"], "03").json()
    document, *_ = refused["documents"]
    assert document["effect"] == "refuse"
    assert document["national"]["code"] is None
    assert document["national"]["unknown"] == ["decision_kind", "decision_value"]
    assert (
        "not determined, because it depends on" in door["officer"].get(f"{refused['links']['self']}/explanation").text
    )
    cheese = declaration("04", "NATIONAL-04")
    held = door["customs"].post("/v1/declarations", content=cheese, headers={**XML, **WAIT}).json()
    document, *_ = held["documents"]
    assert (document["status"], document["effect"], document["national"]["code"]) == ("valid", "hold", None)
    assert "the document is not let through here" in door["officer"].get(f"{held['links']['self']}/explanation").text
