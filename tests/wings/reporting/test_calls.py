"""The files of Surveillance over HTTP: listed, fetched with the same bytes, and acknowledged, by customs alone."""

import gzip
import json
from pathlib import Path
from typing import Any

import httpx

from gateway.terminal.exits import Exit
from tests.api.asking import Goods
from tests.builders.commands import gateway_command
from tests.builders.door import Door

FILES = "/v1/surveillance/files"


def written(database: str) -> int:
    """The number of the file that has what is due, written by the command."""
    environment = {"GATEWAY_DATABASE_URL": database, "GATEWAY_REPORTING__ISSUER": "FR"}
    made = gateway_command(environment, "surveillance", "write")
    assert made.returncode == 0, made.stderr
    listed = gateway_command(environment, "surveillance", "files")
    return int([line for line in listed.stdout.splitlines() if " closed " in line][-1].split()[1])


def acknowledged(door: Door, number: int, errors: list[dict[str, Any]]) -> httpx.Response:
    return door["customs"].post(f"{FILES}/{number}/acknowledgement", json={"errors": errors})


def test_customs_fetches_and_acknowledges_a_file(door: Door, api_database: str) -> None:
    goods = Goods(door).released()
    number = written(api_database)
    page = door["customs"].get(FILES, params={"after": number - 1, "limit": 1}).json()
    (file,) = page["items"]
    assert (file["number"], file["state"], page["next"]) == (number, "closed", None)
    fetched = door["customs"].get(f"{FILES}/{number}")
    assert (fetched.headers["content-type"], len(fetched.content)) == (
        "application/gzip",
        int(fetched.headers["content-length"]),
    )
    assert door["customs"].get(f"{FILES}/{number}").content == fetched.content
    header, *lines = [json.loads(line) for line in gzip.decompress(fetched.content).splitlines()]
    assert (header["number"], header["records"], header["digest"]) == (number, len(lines), file["digest"])
    own = [one for one in lines if one["mrn"] == goods.mrn]
    assert [(one["change"], one["item"]) for one in own] == [("new", 1)]
    error = {"mrn": goods.mrn, "item": 1, "column": "18 09 056 000", "code": "E12"}
    assert acknowledged(door, number, [{**error, "item": 9}]).json()["code"] == "SW-API-662"
    answer = acknowledged(door, number, [error])
    assert answer.json() == {"accepted": len(lines) - 1, "rejected": 1}
    assert acknowledged(door, number, [error]).json() == answer.json()
    other = acknowledged(door, number, [])
    assert (other.status_code, other.json()["code"]) == (409, "SW-API-661")


def test_an_acknowledgement_says_something_of_a_file_that_is_there(door: Door) -> None:
    empty = door["customs"].post(f"{FILES}/1/acknowledgement", content=b"")
    assert empty.status_code == 422
    assert acknowledged(door, 2**31 - 2, []).json()["code"] == "SW-API-404"
    assert door["customs"].get(f"{FILES}/{2**31 - 2}").json()["code"] == "SW-API-404"


def test_nobody_else_reads_files(door: Door) -> None:
    for who in ("officer", "trader", "auditor"):
        assert door[who].get(FILES).status_code == 403
        assert door[who].get(f"{FILES}/1").status_code == 403


def test_the_command_takes_an_answer_from_a_file(door: Door, api_database: str, tmp_path: Path) -> None:
    goods = Goods(door).released()
    number = written(api_database)
    environment = {"GATEWAY_DATABASE_URL": api_database}
    answer = tmp_path / "answer.json"
    answer.write_text('{"errors": [{"mrn": "x"}]}', encoding="utf-8")
    refused = gateway_command(environment, "surveillance", "acknowledge", str(number), str(answer))
    assert (refused.returncode, "is no answer" in refused.stderr) == (Exit.CONFIGURATION, True)
    error = {"mrn": goods.mrn, "item": 1, "column": "18 09 056 000", "code": "E12"}
    answer.write_text(json.dumps({"errors": [error]}), encoding="utf-8")
    taken = gateway_command(environment, "surveillance", "acknowledge", str(number), str(answer))
    assert f"file {number}: " in taken.stdout, taken.stderr
    assert "1 rejected" in taken.stdout
