"""What is kept of messages: all that was said, none of the credentials, once each, within bounds."""

import asyncio
import sys
from decimal import Decimal
from hashlib import sha256
from typing import Any, cast

import pytest

from gateway.contract import (
    Adapter,
    Allocation,
    AllocationState,
    Answer,
    Certificate,
    CertificateLine,
    Ledger,
    MovementKind,
    Quantity,
    Receipt,
    ReceiptOutcome,
    Reference,
    ReferenceKind,
    Refusal,
    Request,
    Status,
    UnexpectedAnswer,
)
from gateway.dispatch.evidence import MAX_ITEM, MAX_TOTAL, MessageRecord, Redaction
from gateway.domain.codec import encode
from gateway.domain.verification import DocumentStatus
from tests.builders.processes import ran
from tests.dispatch.server import ONCE, Seen, about, always, dispatching, good, http, loaded, order, wire

SOAP = b"""<s:Envelope><wsse:Security><wsse:UsernameToken><wsse:Username>customs</wsse:Username>
<wsse:Password Type="x#PasswordDigest">Zm9v</wsse:Password><wsse:Nonce EncodingType="y">YmFy</wsse:Nonce>
</wsse:UsernameToken><wsse:BinarySecurityToken>
MIIB</wsse:BinarySecurityToken ><Nonce/></wsse:Security><Body><Password/>kept<PasswordHint>kept too</PasswordHint></Body></s:Envelope>"""


def test_security_inside_a_message_is_taken_out_and_nothing_else() -> None:
    kept = Redaction().body(SOAP)
    for secret in (b"Zm9v", b"YmFy", b"MIIB"):
        assert secret not in kept
    for plain in (
        b"customs",
        b'Type="x#PasswordDigest"',
        b"kept<",
        b"kept too",
        b"<Nonce/></wsse:Security>",
        b"</s:Envelope>",
    ):
        assert plain in kept
    assert kept.count(b"[redacted]") == 3


@pytest.mark.parametrize("end", range(60, 200, 7))
def test_a_message_that_breaks_off_shows_no_part_of_a_secret(end: int) -> None:
    kept = Redaction().body(SOAP[:end])
    assert b"Zm9" not in kept
    assert b"YmF" not in kept


def test_the_secrets_themselves_are_taken_out_however_they_are_written() -> None:
    secret = 's3cret<&>" /x'
    redaction = Redaction([secret, "short"])
    for written in (
        secret,
        "s3cret&lt;&amp;&gt;&quot; /x",
        's3cret&lt;&amp;&gt;" /x',
        's3cret<&>\\" /x',
        "s3cret%3C%26%3E%22%20%2Fx",
        "s3cret%3C%26%3E%22+%2Fx",
    ):
        assert redaction.body(f"a {written} b".encode()) == b"a [redacted] b", written
    # A secret of a few letters is no text to search for: half of the evidence would be gone.
    assert redaction.body(b"a short word") == b"a short word"


def test_secret_headers_are_known_by_name_whatever_their_case() -> None:
    redaction = Redaction(headers=["X-Own-Key"])
    for name in ("Authorization", "COOKIE", "x-api-key", "x-own-KEY", "Proxy-Authorization"):
        assert redaction.header(name, "secret") == "[redacted]"
    assert redaction.header("X-Message-Id", "abc") == "abc"


def test_the_same_message_is_kept_once_under_the_digest_of_its_bytes() -> None:
    trail = MessageRecord(Redaction())
    for _ in range(3):
        trail.received(200, {"content-type": "text/plain", "date": "today"}, b"same")
    (item,) = trail.items()
    assert item.body == b"HTTP/1.1 200\r\ncontent-type: text/plain\r\n\r\nsame"
    assert item.digest == "sha256:" + sha256(item.body).hexdigest()


def test_a_large_message_is_cut_and_says_so() -> None:
    trail = MessageRecord(Redaction())
    for fill in b"abcdefgh":
        trail.received(200, {}, bytes([fill]) * (2 * MAX_ITEM))
    items = trail.items()
    assert len(items[0].body) < MAX_ITEM + 100
    assert b"[cut: " in items[0].body[-100:]
    assert sum(len(item.body) for item in items) < MAX_TOTAL + 1_000


def test_bytes_that_are_no_text_do_not_stop_anything() -> None:
    trail = MessageRecord(Redaction(["secret-1"]))
    trail.received(200, {"content-type": "\udcff"}, b"\xff\xfe\x00")
    assert trail.items()[0].body.endswith(b"\xff\xfe\x00")


async def test_every_attempt_of_a_question_is_in_its_evidence() -> None:
    async with wire(always(http(b"busy", 503))) as server, dispatching(loaded(server.url)) as dispatcher:
        asked = await dispatcher.ask(about())
    assert asked.verification.attempts == 3
    bodies = [item.body for item in asked.evidence]
    assert len([body for body in bodies if body.startswith(b"GET /documents")]) == 3
    # The answers and the reasons were the same three times.
    assert len([body for body in bodies if body.startswith(b"HTTP/1.1 503")]) == 1
    assert len([body for body in bodies if body.startswith(b"SW-ADP-01 ")]) == 1
    assert asked.verification.evidence == tuple(item.digest for item in asked.evidence)


async def test_a_request_that_got_no_answer_is_in_the_evidence() -> None:
    async def silent(seen: Seen, writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    async with wire(silent) as server, dispatching(loaded(server.url, deadline_s=0.2), policy=ONCE) as dispatcher:
        asked = await dispatcher.ask(about())
    assert [item.body.split(b" ")[0] for item in asked.evidence] == [b"GET", b"SW-ADP-01"]


async def test_the_adapters_own_secrets_are_in_no_evidence() -> None:
    class Signs:
        def verify(self, query: Any, occasion: Any) -> Any:
            """Sends a secret in every place that an adapter has."""
            headers = {"X-Signature": "s-12345678", "Authorization": "Own abc"}
            yield Request(method="POST", path="/x?key=s-12345678", headers=headers, body=b"key=s-12345678")
            certificate = Certificate(type="C999", reference=query.reference, authority_status="VALID")
            return Answer(status=Status.VALID, certificate=certificate)

    async with wire(good) as server:
        adapter = loaded(server.url, cast(Adapter, Signs()), secrets=("s-12345678",))
        server.script = always(http(b"{}"))
        async with dispatching(adapter) as dispatcher:
            asked = await dispatcher.ask(about())
    assert asked.verification.status is DocumentStatus.VALID
    assert server.seen[0].body == b"key=s-12345678"
    kept = b"".join(item.body for item in asked.evidence)
    assert b"s-12345678" not in kept
    assert b"Own abc" not in kept
    assert b"X-Signature: [redacted]" in kept


SECRET = "s-12345678"


@pytest.mark.parametrize("delivered", [False, True], ids=["another's code", "delivered"])
async def test_a_secret_is_in_no_fact_either(delivered: bool) -> None:
    """By an adapter that says it itself, or by an authority that repeats it."""

    class Tells:
        def verify(self, query: Any, occasion: Any) -> Any:
            response = yield Request(path="/x")
            said = response.body.decode() if delivered else SECRET
            certificate = Certificate(
                type="C999",
                reference=query.reference,
                authority_status="VALID",
                facts={"signed by": f"the key {said}", "untouched": "kept"},
                lines=(CertificateLine(number=1, commodity_code="0401", description=said),),
            )
            return Answer(status=Status.VALID, certificate=certificate)

        def reserve(self, order: Any, occasion: Any) -> Any:
            response = yield Request(method="POST", path="/x")
            said = response.body.decode() if delivered else SECRET
            return Receipt(outcome=ReceiptOutcome.REFUSED, refusal=Refusal.STATUS, authority_code=said)

    async with wire(always(http(SECRET.encode()))) as server:
        adapter = loaded(server.url, cast(Adapter, Tells()), secrets=(SECRET,), delivered=delivered)
        async with dispatching(adapter) as dispatcher:
            asked = await dispatcher.ask(about())
            moved = await dispatcher.move("toy", MovementKind.RESERVE, order())
    certificate = asked.verification.certificate
    assert certificate is not None
    assert certificate.facts == {"signed by": "the key [redacted]", "untouched": "kept"}
    assert moved.receipt is not None
    assert moved.receipt.authority_code == "[redacted]"
    assert certificate.lines[0].description == "[redacted]"
    assert SECRET.encode() not in encode(asked.verification) + encode(moved.receipt)


def test_what_an_adapter_prints_or_logs_shows_no_secret() -> None:
    script = (
        "import logging, sys\n"
        "from gateway import observe\n"
        "observe.hide_secrets_in_output(); observe.configure_logging('info')\n"
        "observe.hide(['s-123\"45678', 'short'])\n"
        "secret = 's-123\"45678'\n"
        "print('printed', secret); print('as it is', repr(secret), file=sys.stderr)\n"
        "logging.getLogger('partner').error('logged %s', secret)\n"
        "logging.getLogger('partner').error('logged', extra={'key': secret})\n"
        "logging.warning('a short word')\n"
    )
    done = ran([sys.executable, "-c", script])
    assert done.returncode == 0, done.stderr
    said = done.stdout + done.stderr
    assert "45678" not in said
    assert said.count("[redacted]") >= 3
    assert "a short word" in said


@pytest.mark.parametrize("field", ["declaration", "reference", "commodity_code"])
def test_no_name_in_an_answer_is_made_another_one(field: str) -> None:
    """A user's name that stands in an MRN: changed, the declaration's own part would be nobody's."""
    trail = MessageRecord(Redaction((SECRET,)))
    mrn = Reference(kind=ReferenceKind.MRN, value=f"26{SECRET}AB" if field == "declaration" else "26FR00000000000010")
    taken = Allocation(
        declaration=mrn,
        state=AllocationState.CONSUMED,
        goods_item=1,
        certificate_line=1,
        quantity=Quantity(value=Decimal(1), unit="KGM"),
        commodity_code=SECRET if field == "commodity_code" else "0401",
    )
    certificate = Certificate(
        type="C999", reference=SECRET if field == "reference" else "A/1", authority_status="VALID", lines=()
    )
    answer = Answer(status=Status.VALID, certificate=certificate, ledger=Ledger(lines=(), allocations=(taken,)))
    with pytest.raises(UnexpectedAnswer, match="in a name"):
        trail.cleaned(answer)
