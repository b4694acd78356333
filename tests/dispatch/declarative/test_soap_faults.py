"""What a SOAP fault means is said by the file: not found, asked again, a person is called; and else nothing is known."""

from collections.abc import Callable

import pytest

from gateway.contract import AccessRefused, AdapterError, RequestRejected, Status, Unavailable, UnexpectedAnswer
from tests.dispatch.declarative.soap_office import FILE, S11, S12, enveloped, verified
from tests.dispatch.declarative.timber import changed, faults, line_of

NOT_FOUND = """[[verify.request.not_found]]
like = { "faultcode" = '(.*:)?Client\\.NotFound' }
same = { "detail/t:Unknown/t:number" = "{reference}" }

"""
FILE_11 = changed(("[verify.facts]\n", NOT_FOUND + "[verify.facts]\n"), text=FILE)
FILE_12 = changed(
    ('version = "1.1"', 'version = "1.2"'),
    ("[namespaces]\n", f'[namespaces]\ns = "{S12}"\n'),
    ("faultcode", "s:Code/s:Subcode/s:Value"),
    ('"detail/t:Unknown', '"s:Detail/t:Unknown'),
    ('there = "detail/t:Denied"', 'like = { "s:Code/s:Subcode/s:Value" = "(.*:)?FailedAuthentication" }'),
    ('"faultstring"', '"s:Reason/s:Text"'),
    text=FILE_11,
)


def fault_11(code: str, number: str = "7", text: str = "sorry") -> bytes:
    """A fault of SOAP 1.1."""
    detail = f'<t:Unknown xmlns:t="urn:timber:1"><t:number>{number}</t:number></t:Unknown>'
    denied = '<t:Denied xmlns:t="urn:timber:1"/>' if code == "q:Denied" else ""
    inner = f"<faultcode>{code}</faultcode><faultstring>{text}</faultstring><detail>{detail}{denied}</detail>"
    return enveloped(f'<e:Fault xmlns:e="{S11}">{inner}</e:Fault>')


def fault_12(code: str, number: str = "7", text: str = "sorry") -> bytes:
    """A fault of SOAP 1.2."""
    detail = f'<t:Unknown xmlns:t="urn:timber:1"><t:number>{number}</t:number></t:Unknown>'
    inner = (
        f"<e:Code><e:Value>e:Sender</e:Value><e:Subcode><e:Value>{code}</e:Value></e:Subcode></e:Code>"
        f'<e:Reason><e:Text xml:lang="en">{text}</e:Text></e:Reason><e:Detail>{detail}</e:Detail>'
    )
    return enveloped(f'<e:Fault xmlns:e="{S12}">{inner}</e:Fault>', S12)


VERSIONS = pytest.mark.parametrize(("text", "fault"), [(FILE_11, fault_11), (FILE_12, fault_12)], ids=["1.1", "1.2"])


@VERSIONS
@pytest.mark.parametrize("status", [200, 400, 500])
def test_a_fault_says_that_there_is_no_such_document(text: str, fault: Callable[..., bytes], status: int) -> None:
    assert verified(fault("x:Client.NotFound"), status=status, text=text).status is Status.NOT_FOUND
    beside = fault("x:Client.NotFound").replace(b"<e:Body>", b"<e:Body><x/>")
    for other in (beside, fault("x:Client.NotFound", "8"), fault("x:Client.NotFoundYet"), fault("x:Server")):
        with pytest.raises(AdapterError):
            verified(other, status=status, text=text)


@VERSIONS
@pytest.mark.parametrize("status", [200, 400, 500])
def test_a_row_wins_over_the_http_status(text: str, fault: Callable[..., bytes], status: int) -> None:
    denied = "q:Denied" if fault is fault_11 else "wsse:FailedAuthentication"
    for answer, raised in (
        (fault(denied), AccessRefused),
        (fault("x:Client.NotFound", text="busy"), Unavailable),  # a fault comes before "not found"
    ):
        with pytest.raises(AdapterError) as found:
            verified(answer, status=status, text=text)
        assert type(found.value) is raised


@pytest.mark.parametrize(
    ("status", "body", "raised"),
    [(400, b"<html>", RequestRejected), (400, enveloped(""), RequestRejected), (500, enveloped(""), Unavailable)],
)
def test_what_is_no_fault_means_what_its_http_status_means(status: int, body: bytes, raised: type[Exception]) -> None:
    with pytest.raises(AdapterError) as found:
        verified(body, status=status, text=FILE_11)
    assert type(found.value) is raised


def test_a_fault_may_be_told_by_its_http_status_too() -> None:
    text = changed(('there = "detail/t:Denied"', 'there = "detail/t:Denied"\nstatus = [400, 503]'), text=FILE_11)
    for status, raised in ((400, AccessRefused), (503, AccessRefused), (500, UnexpectedAnswer)):
        with pytest.raises(AdapterError) as found:
            verified(fault_11("q:Denied"), status=status, text=text)
        assert type(found.value) is raised
    with pytest.raises(Unavailable):
        verified(b"<html>", status=503, text=text)


@pytest.mark.parametrize(
    ("text", "old", "new", "what"),
    [
        (FILE_11, 'there = "detail/t:Denied"', 'there = "t:Denied"', "faultcode, faultstring, faultactor, detail"),
        (FILE_11, 'there = "detail/t:Denied"', 'there = "Fault/detail/t:Denied"', "begins inside the Fault: Fault is not there"),
        (FILE_12, '"s:Reason/s:Text" = "(?i)', '"faultstring" = "(?i)', "s:Code, s:Reason, s:Node, s:Role, s:Detail"),
        (FILE_12, '"s:Detail/t:Unknown', '"s:Body/s:Fault/s:Detail/t:Unknown', "begins inside"),
        (FILE_12, 'status = "t:state/@code"', 'status = "s:Body/t:state"', "begins inside"),
        (FILE_11, 'there = "detail/t:Denied"', 'there = "detail/t:Denied"\nstatus = [401]', "401, 403"),
    ],
    ids=["another element", "the fault itself", "of another version", "not found, from the Body", "a fact, from the Body", "a known status"],
)  # fmt: skip
def test_a_row_that_can_match_no_fault_is_refused(text: str, old: str, new: str, what: str) -> None:
    text = changed((old, new), text=text)
    assert [line for line, said in faults(text) if what in said] == [line_of(text, new.split("\n")[-1])]
