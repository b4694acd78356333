"""What a browser is sent: compressed, with forms whose tokens say nothing by their length, and an icon in the tab."""

import gzip
from collections.abc import Callable

import httpx

from gateway.access.sessions import form_token, is_form_token
from tests.builders.fish_case import Cases
from tests.builders.visitor import Visitor

_LEAST_FIRST_VISIT = 80_000
"""Bytes on the wire at most."""


def sent(visitor: Visitor, path: str) -> httpx.Response:
    """What is sent to a browser that takes it compressed, as it is on the wire."""
    cookies = "; ".join(f"{name}={value.partition(';')[0]}" for name, value in visitor.cookies.items())
    with httpx.Client(base_url=visitor.url, trust_env=False) as client:
        request = client.build_request("GET", path, headers={"accept-encoding": "gzip", "cookie": cookies})
        answer = client.send(request, stream=True)
        answer.extensions["wire"] = b"".join(answer.iter_raw())
        return answer


def test_a_first_visit_is_small_on_the_wire(cases: Cases, officer: Visitor) -> None:
    officer.get(f"/console/declarations/{cases.fish}")
    assert officer.page is not None
    loaded = [f"/console/declarations/{cases.fish}", *officer.page.xpath("//head/link/@href | //head/script/@src")]
    answers = [sent(officer, one) for one in loaded]
    assert all(one.status_code == 200 for one in answers), loaded
    assert sum(len(one.extensions["wire"]) for one in answers) < _LEAST_FIRST_VISIT
    page = answers[0]
    assert page.headers["content-encoding"] == "gzip"
    assert {"Cookie", "Accept-Encoding"} <= {one.strip() for one in page.headers["vary"].split(",")}
    assert b"26FR001260000016R" in gzip.decompress(page.extensions["wire"])
    assert officer.page.xpath("//head/link[@rel='icon']/@href")


def test_a_token_is_another_one_on_each_page_and_good_on_all(officer: Visitor) -> None:
    secret = "what the browser keeps"
    tokens = {form_token(secret) for _ in range(8)}
    assert len(tokens) == 8
    assert all(is_form_token(one, secret) for one in tokens)
    (one, *_) = tokens
    for wrong in (
        "",
        "x",
        one[:-2],
        one + "00",
        one[:-1] + ("0" if one[-1] != "0" else "1"),
        one[64:],
        "é",
        one.upper() + "g",
    ):
        assert not is_form_token(wrong, secret), wrong
    assert not is_form_token(one, "another browser")


def test_a_refusal_keeps_the_menu_and_the_find_box(officer: Visitor, signed_in: Callable[..., Visitor]) -> None:
    for address, status in (
        ("/console/declarations/x", 404),
        ("/console/queue?turn=red", 422),
        ("/console/nowhere", 404),
    ):
        assert officer.get(address).status_code == status
        assert officer.page.xpath("//nav[@class='sw-nav']//a[@href='/console/today']"), address
        assert officer.page.xpath("//form[@action='/console/find']"), address
    operator = signed_in("operator")
    assert operator.get("/console/queue").status_code == 403
    menu = operator.page.xpath("//nav[@class='sw-nav']//a/@href")
    assert "/console/authorities" in menu
    assert not {"/console/queue", "/console/today"} & set(menu)


def test_paper_for_the_file_has_whole_dates(cases: Cases, officer: Visitor) -> None:
    officer.get(f"/console/declarations/{cases.fish}/print?lang=en")
    assert "today" not in officer.text().lower()
    assert "+0" in officer.text(), "the offset of the office's zone"
