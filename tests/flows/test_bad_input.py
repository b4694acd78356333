"""Whatever is sent, the answer is a clear error in bounded time and memory, and the next declaration is taken."""

import json
import re
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from gateway.cli.demo.story import FOLDER
from tests.builders.extent import part
from tests.builders.running import Authorities, Served, declaration, served, until

GOOD = declaration("01", "BADINPUT")
TEXT = GOOD.decode()
HEAD, BODY = TEXT.split("?>", 1)
MiB = 1024 * 1024


def with_root(inner: str) -> bytes:
    return f'{HEAD}?><Declaration xmlns="urn:eu-single-window:declaration:1">{inner}</Declaration>'.encode()


XML: dict[str, tuple[bytes, int]] = {
    "nothing": (b"", 400),
    "not XML": (b"Dear customs, please let this in.", 400),
    "half an XML": (GOOD[: len(GOOD) // 2], 400),
    "two roots": (GOOD + b"<Declaration/>", 400),
    "another encoding than it says": (
        f'<?xml version="1.0" encoding="UTF-8"?>{BODY}'.replace(
            "<descriptionOfGoods>", "<descriptionOfGoods>Käse "
        ).encode("latin-1"),
        400,
    ),
    "an encoding that is not taken": (f'<?xml version="1.0" encoding="ISO-8859-1"?>{BODY}'.encode("latin-1"), 400),
    "UTF-16 that says UTF-8": (b"\xff\xfe" + TEXT.encode("utf-16-le")[:-1], 400),
    "a document type": (f"{HEAD}?><!DOCTYPE Declaration>{BODY}".encode(), 400),
    "a document type in UTF-16": (
        f'<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a [<!ENTITY b "c">]>{BODY}'.encode("utf-16"),
        400,
    ),
    "a null byte": (GOOD.replace(b"<LRN>", b"<LRN>\0"), 400),
    "200-deep nesting": (with_root("<a>" * 200 + "</a>" * 200), 400),
    "300-deep nesting": (with_root("<a>" * 300 + "</a>" * 300), 400),
    "100,000-deep nesting": (with_root("<a>" * 100_000), 400),
    "a wrong root": (f'{HEAD}?><Order xmlns="urn:shop">1</Order>'.encode(), 415),
    "the right root of another schema": (f'{HEAD}?><Declaration xmlns="urn:other"/>'.encode(), 415),
    "the right root and nothing in it": (with_root(""), 422),
    "50,000 violations": (with_root("<b>1</b>" * 50_000), 422),
    "50,000 attributes": (with_root("<b " + " ".join(f'a{n}="1"' for n in range(50_000)) + "/>"), 400),
    "a reference of 10,000 characters": (GOOD.replace(b"CHEDP.FR.2026.0000001", b"X" * 10_000), 422),
    "a quantity without a unit": (
        re.sub(rb"(</referenceNumber>)(?=\s*</SupportingDocument>)", rb"\1<quantity>5</quantity>", GOOD, count=1),
        422,
    ),
    "an item number twice": (re.sub(rb"(<GoodsItem>.*</GoodsItem>)", rb"\1\1", GOOD, flags=re.DOTALL), 422),
}
JSON_TEXT = (FOLDER / "11-amended.1.json").read_text(encoding="utf-8")
JSON: dict[str, tuple[bytes, int]] = {
    "not JSON": (b"{", 400),
    "a list": (b"[]", 422),
    "null": (b"null", 422),
    "NaN": (JSON_TEXT.replace('"version"', '"x": NaN, "version"', 1).encode(), 400),
    "a duplicate key": (JSON_TEXT.replace('"version"', '"version": 1, "version"', 1).encode(), 400),
    "a 400-digit number": (re.sub(r'"version": *\d+', '"version": ' + "9" * 400, JSON_TEXT).encode(), 422),
    "another encoding": (JSON_TEXT.encode("utf-16"), 400),
    "a lone surrogate": (re.sub(r'"LRN": *"[^"]*"', r'"LRN": "\\ud800"', JSON_TEXT).encode(), 422),
    "300-deep nesting": (b'{"a":' * 300 + b"1" + b"}" * 300, 400),
    "100,000-deep nesting": (b"[" * 100_000, 400),
}


@pytest.fixture(scope="module")
def sturdy(environment: dict[str, str]) -> Iterator[Served]:
    with served(environment) as gateway:
        yield gateway


@pytest.fixture
def http(sturdy: Served) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=sturdy.url, timeout=60, trust_env=False) as client:
        yield client


def is_a_problem(answer: httpx.Response, status: int) -> None:
    assert answer.status_code == status, answer.text[:500]
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert re.fullmatch(r"SW-(INT|API)-\d{3}", problem["code"])
    assert problem["detail"]
    assert len(problem.get("errors", [])) <= 201
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("name", part(list(XML), 3))
def test_bad_xml_is_a_clear_error(http: httpx.Client, name: str) -> None:
    raw, status = XML[name]
    is_a_problem(http.post("/v1/declarations", content=raw, headers={"Content-Type": "application/xml"}), status)


@pytest.mark.parametrize("name", list(JSON))
def test_bad_json_is_a_clear_error(http: httpx.Client, name: str) -> None:
    raw, status = JSON[name]
    is_a_problem(http.post("/v1/declarations", content=raw, headers={"Content-Type": "application/json"}), status)


@pytest.mark.corpus
def test_every_attack_is_refused(http: httpx.Client, corpus: Path) -> None:
    attacks = sorted((corpus / "xml-attacks").glob("*.xml"))
    assert len(attacks) >= 8
    for file in attacks:
        raw = file.read_bytes()
        is_a_problem(http.post("/v1/declarations", content=raw, headers={"Content-Type": "application/xml"}), 400)
        wide = b"\xff\xfe" + re.sub(r"<\?xml.*?\?>", "", raw.decode("latin-1")).encode("utf-16-le")
        is_a_problem(http.post("/v1/declarations", content=wide, headers={"Content-Type": "application/xml"}), 400)


def test_a_body_of_9_mib_is_refused_whether_its_length_is_said_or_not(http: httpx.Client) -> None:
    def parts() -> Iterator[bytes]:
        for _ in range(9):
            yield b" " * MiB

    bodies: list[bytes | Callable[[], Iterator[bytes]]] = [b" " * 9 * MiB, parts]
    for body in bodies:
        content = body if isinstance(body, bytes) else body()
        answer = http.post("/v1/declarations", content=content, headers={"Content-Type": "application/xml"})
        is_a_problem(answer, 413)
        assert "8" in answer.json()["detail"]


@pytest.mark.parametrize(
    "reference", ["../../etc/passwd", "A/B", "a'b\"c", "<b>&amp;</b>", "CHEDP FR", "Ω≈ç", "%2e%2e%2f"]
)
def test_a_strange_reference_is_asked_about_as_it_stands(
    http: httpx.Client, simulated: Authorities, reference: str
) -> None:
    escaped = reference.replace("&", "&amp;").replace("<", "&lt;")
    raw = declaration("01", f"REF{abs(hash(reference)) % 10**9}").replace(b"CHEDP.FR.2026.0000001", escaped.encode())
    answer = http.post(
        "/v1/declarations", content=raw, headers={"Content-Type": "application/xml", "Prefer": "wait=30"}
    )
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["decision"]["effect"] == "hold"
    assert reference in {d["reference"] for d in body["documents"]}


def test_small_calls_are_answered_while_a_large_message_is_read(http: httpx.Client, sturdy: Served) -> None:
    many = with_root("<b>1</b>" * 300_000)
    with ThreadPoolExecutor(1) as pool:
        large = pool.submit(
            httpx.post, f"{sturdy.url}/v1/declarations", content=many,
            headers={"Content-Type": "application/xml"}, timeout=60, trust_env=False,
        )  # fmt: skip
        answered = 0
        while not large.done():
            assert http.get("/healthz").status_code == 200
            answered += 1
        is_a_problem(large.result(), 422)
    assert answered > 1


def test_a_client_that_hangs_up_in_the_middle_is_nothing(sturdy: Served, http: httpx.Client) -> None:
    place = urlsplit(sturdy.url)
    for sent in (
        b"POST /v1/declarations HTT",
        b"POST /v1/declarations HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\nhalf",
    ):
        with socket.create_connection((str(place.hostname), int(place.port or 0))) as connection:
            connection.sendall(sent)
    assert http.get("/healthz").status_code == 200


def test_after_all_this_a_good_declaration_is_taken(http: httpx.Client, sturdy: Served) -> None:
    def memory_mb() -> float:
        (pid,) = sturdy.replicas
        found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
        assert found is not None
        return int(found[1]) / 1024

    for raw, _ in XML.values():
        http.post("/v1/declarations", content=raw, headers={"Content-Type": "application/xml"})
    before = memory_mb()
    for raw, _ in XML.values():
        http.post("/v1/declarations", content=raw, headers={"Content-Type": "application/xml"})
    assert memory_mb() < before + 100
    answer = http.post(
        "/v1/declarations", content=GOOD, headers={"Content-Type": "application/xml", "Prefer": "wait=30"}
    )
    assert answer.json()["decision"]["effect"] == "release"
    other = re.sub(rb"<netMass>.*?</netMass>", b"<netMass>7</netMass>", GOOD)
    is_a_problem(http.post("/v1/declarations", content=other, headers={"Content-Type": "application/xml"}), 409)
    assert until(lambda: json.loads(http.get("/v1/declarations", params={"lrn": "BADINPUT"}).text)["items"], "the list")
