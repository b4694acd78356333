"""What the interpreter makes of answers: facts as the file says, and nothing else than that."""

import json
from copy import deepcopy
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from gateway.contract import (
    Answer,
    Quantity,
    Reference,
    ReferenceKind,
    RequestRejected,
    Response,
    Status,
    Unavailable,
    UnexpectedAnswer,
    identity_fault,
)
from gateway.contract.errors import AdapterError
from gateway.dispatch.declarative import identity_rule
from gateway.sandbox.noted_place import noted_place
from tests.builders.driving import HOSTILE, OCCASION, query, replay, spoilt
from tests.dispatch.declarative.timber import ANSWER, FILE, MRN, NUMBER, adapter, changed, line_of, said, verified

NULLABLE = frozenset({"next", "holder", "account"})


def test_facts_are_read_as_the_file_says() -> None:
    answer = verified(ANSWER)
    assert answer.status is Status.VALID
    certificate = answer.certificate
    assert certificate is not None
    assert (certificate.type, certificate.reference, certificate.authority_status) == ("C690", NUMBER, "ISSUED")
    assert (str(certificate.valid_to), certificate.holder) == ("2026-12-31", None)
    (line,) = certificate.lines
    assert (line.number, line.commodity_code, line.nomenclature, line.quantity) == (
        1, "4407", "HS", Quantity(value=Decimal("120.5"), unit="MTQ"),
    )  # fmt: skip
    ledger = answer.ledger
    assert ledger is not None
    assert ledger.lines[0].available == Quantity(value=Decimal(100), unit="MTQ")
    assert ledger.allocations[0].declaration == Reference(kind=ReferenceKind.MRN, value=MRN)


@pytest.mark.parametrize("reference", HOSTILE)
def test_a_hostile_reference_is_one_value(reference: str) -> None:
    request = next(adapter().verify(query("C690", reference), OCCASION))
    assert request.path.count("&") == request.path.count("?") == 1
    assert not set(request.path) & set(" <>\"'\\#")


def test_the_same_occasion_gives_the_same_request() -> None:
    one, other = (next(adapter().verify(query("C690", NUMBER), OCCASION)) for _ in range(2))
    assert one == other
    assert one.headers["X-Request-Id"] == OCCASION.message_id
    assert one.expect == {200, 404, 422}


def test_spellings_are_one_document() -> None:
    assert verified(ANSWER, reference="id / 17").status is Status.VALID
    assert identity_rule(FILE)("C690", " id/17 ") == "ID/17"
    exact = identity_rule(changed(('spelling = "plain" ', 'spelling = "as written" ')))
    assert exact("C690", " id/17 ") == "id/17"
    for rule in (identity_rule(FILE), exact):
        assert identity_fault(rule, ["C690"]) is None


def test_not_found_is_believed_only_if_it_names_the_number() -> None:
    assert verified({"code": "NO_SUCH_LICENCE", "number": NUMBER}, status=404) == Answer(status=Status.NOT_FOUND)
    for body in (
        {"code": "NO_SUCH_LICENCE", "number": "ID/18"},
        {"code": "X", "number": NUMBER},
        {},
        ANSWER,
        b"<html>",
    ):
        with pytest.raises(UnexpectedAnswer):
            verified(body, status=404)
    with pytest.raises(UnexpectedAnswer):
        verified({"code": "NO_SUCH_LICENCE", "number": NUMBER})


def test_the_authoritys_own_fault_is_what_the_file_says() -> None:
    with pytest.raises(RequestRejected):
        verified({"code": "NOT_READABLE"}, status=422)
    with pytest.raises(UnexpectedAnswer):
        verified({"code": "ELSE"}, status=422)


def test_nothing_spoilt_is_valid() -> None:
    """Each key missing, each value of another type or null: raised."""
    count = 0
    for place, body in spoilt(ANSWER, NULLABLE):
        # A text or a number there asks for another page.
        if place.startswith("next ="):
            continue
        count += 1
        with pytest.raises(AdapterError):
            verified(body)
    assert count > 300


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b"<html></html>", b'{"number": NaN}', b"\xff", b'{"a": 1, "a": 2}']
)
def test_what_is_no_answer_is_none(body: bytes) -> None:
    with pytest.raises(UnexpectedAnswer):
        verified(body)


def test_no_beginning_of_an_answer_is_an_answer() -> None:
    whole = json.dumps(ANSWER).encode()
    for length in range(len(whole)):
        with pytest.raises(UnexpectedAnswer):
            verified(whole[:length])


@pytest.mark.parametrize(
    "answer",
    [
        said(status="UNHEARD_OF"), said(number="ID/18"), {**ANSWER, "number": "ID/18"}, said(kind="OTHER"), said(valid_to=None),
        said(valid_to="2026-02-30"), said(holder=""), said(holder="nobody"), said(lines=None), said(lines={}), said(lines=[None]),
        said(lines=[{"line": 1, "hs_code": "44", "volume": {"value": "1", "unit": "m3"}}]),
        said(lines=[{"line": 1, "hs_code": "4407", "volume": {"value": "1", "unit": "kg"}}]),
        said(lines=[{"line": 1, "hs_code": "4407", "volume": {"value": 1, "unit": "m3"}}]),
        said(lines=[{"line": "1", "hs_code": "4407", "volume": {"value": "1", "unit": "m3"}}, {"line": 1}]),
        said(account={"left": [], "used": None}), said(account={}), said(account=[]),
    ],
)  # fmt: skip
def test_what_is_not_as_agreed_is_not_determined(answer: Any) -> None:
    with pytest.raises(UnexpectedAnswer):
        verified(answer)


def test_a_null_that_is_permitted_states_nothing() -> None:
    assert verified(said(account=None)).ledger is None


def test_optional_is_the_last_step_alone() -> None:
    text = changed(
        ('valid_to = "$.licence.valid_to"', 'valid_to = { path = "$.licence.dates.valid_to", optional = true }')
    )
    answer = said(dates={})
    assert verified(answer, text=text).certificate.valid_to is None  # type: ignore[union-attr]
    dates: Any
    for dates in ("2026", None, []):
        with pytest.raises(UnexpectedAnswer):
            verified(said(dates=dates), text=text)
    with pytest.raises(UnexpectedAnswer):
        verified(ANSWER, text=text)
    # Absent is permitted, null is not.
    with pytest.raises(UnexpectedAnswer):
        verified(said(dates={"valid_to": None}), text=text)


def test_the_one_that_is_so_must_be_one() -> None:
    text = changed(('path = "$.licence.holder", null', "path = \"$.licence.parties[?@.role == 'holder'].eori\", null"))
    holder, other = {"role": "holder", "eori": "FR1"}, {"role": "agent", "eori": "FR2"}
    assert verified(said(parties=[other, holder]), text=text).certificate.holder == "FR1"  # type: ignore[union-attr]
    for parties in ([holder, holder], [other], [], None, holder):
        with pytest.raises(UnexpectedAnswer):
            verified(said(parties=parties), text=text)


def test_a_decimal_may_be_a_number_where_the_file_says_so() -> None:
    volume = (
        'quantity = { value = "$.volume.value", unit = { path = "$.volume.unit", codes = "unit" } }\n\n[position]\n'
    )
    text = changed((volume, volume.replace('"$.volume.value"', '{ path = "$.volume.value", number = true }')))
    body = json.dumps(said(account=None)).replace('"120.5"', "120.50").encode()
    (line,) = verified(body, text=text).certificate.lines  # type: ignore[union-attr]
    assert str(line.quantity.value) == "120.50"  # type: ignore[union-attr]
    for value in ('"120.5"', "true", "-1", "1e400", "1e999999999", "1e-999999999", "1.0000001", "null"):
        body = json.dumps(said(account=None)).replace('"120.5"', value).encode()
        with pytest.raises(UnexpectedAnswer):
            verified(body, text=text)


def page(line: int, following: Any, **licence: Any) -> dict[str, Any]:
    """One page: a line of its own number."""
    answer = deepcopy(ANSWER) | {"next": following}
    answer["licence"] |= {"account": None, "lines": [{**answer["licence"]["lines"][0], "line": line}], **licence}
    return answer


def test_lines_of_all_pages_are_one_list() -> None:
    asked = query("C690", NUMBER)
    exchange = adapter().verify(asked, OCCASION)
    request = next(exchange)
    assert request.path.endswith("page=1")
    request = exchange.send(Response(status=200, body=json.dumps(page(1, "b&c")).encode()))
    assert request.path.endswith("page=b%26c")
    assert request.headers["X-Request-Id"] == OCCASION.nth(1).message_id
    with pytest.raises(StopIteration) as end:
        exchange.send(Response(status=200, body=json.dumps(page(2, None)).encode()))
    assert [line.number for line in end.value.value.certificate.lines] == [1, 2]


@pytest.mark.parametrize(
    ("pages", "what"),
    [
        ([page(1, "2"), page(2, "1")], "circle"),
        ([page(1, "1")], "circle"),
        ([page(1, "2"), page(2, "2")], "circle"),
        ([page(number, number + 1) for number in range(1, 6)], "more than 5 requests"),
        ([page(1, 2), page(2, None, status="REVOKED")], "differs"),
        ([page(1, 2), page(2, None, valid_to="2027-01-01")], "differs"),
        ([page(1, 2), page(2, None, number="ID/18")], "something else"),
        ([page(1, 2), page(2, {})], "a text is expected"),
        ([page(1, 2), page(2, "")], "a text is expected"),
        ([{key: value for key, value in page(1, 2).items() if key != "next"}], "is missing"),
    ],
)
def test_pages_that_go_wrong_are_no_answer(pages: list[Any], what: str) -> None:
    with pytest.raises(UnexpectedAnswer, match=what):
        verified(*pages)


TOTAL = changed(('each = "$.licence.lines[*]" ', 'total = "$.total"\neach = "$.licence.lines[*]" '))


@pytest.mark.parametrize(
    ("totals", "what"),
    [
        ((2, 2), None),
        ((3, 3), "there are other lines than came"),
        ((1, 1), "there are other lines than came"),
        ((0, 0), "there are other lines than came"),
        ((2, 3), "differs"),
        ((2, None), "null"),
        ((2, -2), "a whole number"),
        ((2, "2,0"), "a whole number"),
    ],
)
def test_where_the_answer_says_how_many_lines_there_are_they_are_counted(
    totals: tuple[Any, Any], what: str | None
) -> None:
    pages = [page(1, 2) | {"total": totals[0]}, page(2, None) | {"total": totals[1]}]
    if what is None:
        certificate = verified(*pages, text=TOTAL).certificate
        assert certificate is not None
        assert len(certificate.lines) == 2
        return
    with pytest.raises(UnexpectedAnswer, match=what) as found:
        verified(*pages, text=TOTAL)
    assert noted_place(found.value) == f"authority.toml:{line_of(TOTAL, 'total =')}"


def test_a_document_that_is_lost_between_pages_is_not_one_that_is_not_found() -> None:
    exchange = adapter().verify(query("C690", NUMBER), OCCASION)
    with pytest.raises(UnexpectedAnswer):
        replay(
            exchange, (200, json.dumps(page(1, "2")).encode()), (404, b'{"code": "NO_SUCH_LICENCE", "number": "ID/17"}')
        )


TWO_STEPS = (
    ('[[verify.request]]\npath = "/licences?number={reference}&page={page}"', '[[verify.request]]\nname = "search"\ntake = { id = "$.id" }\npath = "/search?number={reference}"'),
    ('[verify.pages]\nfirst = "1"\nnext = "$.next"\nnull = "last"\n', '[[verify.request]]\npath = "/licences/{taken.id}"\nsame = { "$.mine" = "{reference}", "$.id" = "{taken.id}" }\n'),
    ('valid_to = "$.licence.valid_to"', 'valid_to = { path = "$.until", in = "request 2" }'),
)  # fmt: skip


def test_a_later_request_uses_what_an_earlier_one_said() -> None:
    text = changed(*TWO_STEPS)
    first, second = ANSWER | {"id": 4711}, {"id": "4711", "mine": NUMBER, "until": "2026-10-01"}
    answer = verified(first, second, text=text)
    assert str(answer.certificate.valid_to) == "2026-10-01"  # type: ignore[union-attr]
    exchange = adapter(text).verify(query("C690", NUMBER), OCCASION)
    next(exchange)
    assert exchange.send(Response(status=200, body=json.dumps(first).encode())).path == "/licences/4711"
    for spoiled in ({**second, "id": "4712"}, {**second, "mine": "ID/18"}):
        with pytest.raises(UnexpectedAnswer):
            verified(first, spoiled, text=text)


def test_a_number_that_is_in_another_form_is_not_asked_about() -> None:
    form = "form = '(?P<left>[A-Z]{2})/(?P<right>[0-9]+)?'\n[verify]\n"
    text = changed(("[verify]\n", form), ("number={reference}&", "number={reference.left}-{reference.right}&"))
    assert next(adapter(text).verify(query("C690", "ID/17"), OCCASION)).path == "/licences?number=ID-17&page=1"
    for reference in ("ID17", "ID/", "id/17", "ID/17 "):
        with pytest.raises(RequestRejected):
            next(adapter(text).verify(query("C690", reference), OCCASION))


def test_settings_stand_in_templates() -> None:
    text = changed(
        ('format = "json"', 'format = "json"\nsettings = ["office"]'), ("&page=", "&office={settings.office}&page=")
    )
    assert "&office=a%20b&" in next(adapter(text, office="a b").verify(query("C690", "1"), OCCASION)).path


def test_an_interpreter_keeps_nothing_between_two_questions() -> None:
    one = adapter()
    first, second = (one.verify(query("C690", number), OCCASION) for number in (NUMBER, "ID/18"))
    next(first)
    next(second)
    other = said(number="ID/18") | {"number": "ID/18"}
    with pytest.raises(StopIteration) as end:
        second.send(Response(status=200, body=json.dumps(other).encode()))
    assert end.value.value.certificate.reference == "ID/18"
    with pytest.raises(StopIteration) as end:
        first.send(Response(status=200, body=json.dumps(ANSWER).encode()))
    assert end.value.value.certificate.reference == NUMBER


def test_what_no_row_names_is_asked_again_where_its_status_says_that_the_authority_is_out_of_order() -> None:
    text = changed(("status = [422]", "status = [422, 503]"))
    for body in (b"<html>", {"code": "ELSE"}):
        with pytest.raises(Unavailable):
            verified(body, status=503, text=text)


def raised_by(*answers: Any, text: str = FILE, status: int = 200) -> AdapterError:
    """The error that the adapter itself raises."""
    bodies = [one if isinstance(one, bytes) else json.dumps(one).encode() for one in answers]
    with pytest.raises(AdapterError) as found:
        replay(adapter(text).verify(query("C690", NUMBER), OCCASION), *((status, body) for body in bodies))
    return found.value


def test_every_fault_of_an_answer_is_told_with_a_line_of_the_file() -> None:
    lines = {}
    for place, body in spoilt(ANSWER, NULLABLE):
        exchange = adapter().verify(query("C690", NUMBER), OCCASION)
        next(exchange)
        try:
            exchange.send(Response(status=200, body=json.dumps(body).encode()))
        except StopIteration:
            continue
        except AdapterError as error:
            lines[place] = noted_place(error)
    assert len(lines) > 200
    assert "" not in lines.values(), [place for place, line in lines.items() if not line]
    assert len(set(lines.values())) > 12


@pytest.mark.parametrize(
    ("answers", "status", "part"),
    [
        ((b"", ), 200, "[[verify.request]]"),
        ((b"<html>", ), 404, "[[verify.request]]"),
        (({"code": "NO_SUCH_LICENCE", "number": "ID/18"}, ), 404, 'same = { "$.number" = "{reference}" }'),
        (({"code": "NOT_READABLE"}, ), 422, "[[fault]]"),
        (({"code": "ELSE"}, ), 422, "[[verify.request]]"),
        ((page(1, "2"), page(2, "2")), 200, 'next = "$.next"'),
        ((page(1, "2"), page(2, "1")), 200, 'next = "$.next"'),
        ((page(1, "2"), page(2, None, valid_to="2026-11-30")), 200, 'valid_to = "$.licence.valid_to"'),
        ((said(status="UNHEARD"), ), 200, "[[status]]\ncode"),
        ((said(kind="UNHEARD"), ), 200, "[[document_type]]"),
        ((said(account=None) | {"number": "ID/18"}, ), 200, '"$.number" = "{reference}"'),
    ],
)  # fmt: skip
def test_a_fault_of_an_answer_is_told_with_its_line(answers: tuple[Any, ...], status: int, part: str) -> None:
    assert noted_place(raised_by(*answers, status=status)) == f"authority.toml:{line_of(FILE, part)}"


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        (said(valid_to="soon"), "verify.facts.valid_to: "),
        (said(lines=[{"line": "one", "hs_code": "4407", "volume": {"value": "1", "unit": "m3"}}]), "verify.lines.number: "),
        (said() | {"next": True}, "verify.pages.next: "),
    ],
)  # fmt: skip
def test_a_fault_names_the_fact_once(answer: Any, what: str) -> None:
    error = raised_by(answer)
    assert str(error).startswith(what)
    assert str(error).count(what.removesuffix(": ")) == 1


def test_a_last_day_is_read_by_a_stated_zone() -> None:
    text = changed(
        ('valid_to = "$.licence.valid_to"', 'valid_to = { path = "$.licence.valid_to", zone = "Europe/Paris" }')
    )
    for written in ("2026-12-31+01:00", "2026-12-30T23:00:00Z"):
        certificate = verified(said(valid_to=written), text=text).certificate
        assert certificate is not None
        assert certificate.valid_to == date(2026, 12, 31)
        with pytest.raises(UnexpectedAnswer):
            verified(said(valid_to=written))
