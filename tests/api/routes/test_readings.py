"""Who read a case: noted where a person did, listed for officers and auditors, and part of the exported case."""

import io
import json
import zipfile
from typing import Any

import httpx

from tests.api.lodging import lodge
from tests.builders.door import Door


def readings(client: httpx.Client, here: str, **query: Any) -> Any:
    return client.get(f"{here}/readings", params=query).json()


def test_what_a_person_read_is_listed_and_exported(door: Door) -> None:
    here = lodge(door["customs"]).json()["links"]["self"]
    for path in ("", "/explanation", "/events"):
        assert door["officer"].get(here + path).status_code == 200
        assert door["customs"].get(here + path).status_code == 200, "a machine's readings are not written down"
        assert door["trader"].get(here + path).status_code == 200
    found = readings(door["auditor"], here)
    assert [(one["what"], one["person"], one["name"], one["role"], one["proven"], one["version"]) for one in found["items"]] == [
        (what, "Ann", "officer", "officer", "key", 1) for what in ("events", "explanation", "read")
    ]  # fmt: skip
    page = readings(door["auditor"], here, limit=2)
    rest = readings(door["auditor"], here, limit=2, cursor=page["next"])
    assert page["items"] + rest["items"] == found["items"]
    assert door["trader"].get(f"{here}/readings").status_code == 403
    exported = door["colleague"].get(f"{here}/export").content
    with zipfile.ZipFile(io.BytesIO(exported)) as case:
        told = json.loads(case.read("readings.json"))
    assert [(one["what"], one["person"]) for one in told] == [
        ("export", "Ben"), ("events", "Ann"), ("explanation", "Ann"), ("read", "Ann"),
    ]  # fmt: skip


def test_what_a_person_reads_in_lists_and_answers_is_a_reading(door: Door) -> None:
    lodged = lodge(door["customs"]).json()
    here, lrn = lodged["links"]["self"], lodged["lrn"]
    assert readings(door["auditor"], here)["items"] == []
    for read, times in (
        (f"/v1/declarations?lrn={lrn}", 1),
        (f"/v1/declarations?lrn={lrn}&view=row", 2),
        (f"{here}/versions", 3),
    ):
        assert door["officer"].get(read).status_code == 200
        assert door["customs"].get(read).status_code == 200
        assert len(readings(door["auditor"], here)["items"]) == times, read
    assert door["officer"].post(f"{here}/assessment", json={}).status_code in {200, 202}
    (last, *_) = found = readings(door["auditor"], here)["items"]
    assert (len(found), last["what"], last["person"]) == (4, "read", "Ann")
    assert door["officer there"].get(f"/v1/declarations?lrn={lrn}").json()["items"] == []
    assert len(readings(door["auditor"], here)["items"]) == 4


def test_what_is_not_theirs_is_no_reading(door: Door) -> None:
    here = lodge(door["customs"]).json()["links"]["self"]
    assert door["officer there"].get(here).status_code == 404
    assert readings(door["officer"], here)["items"] == []
