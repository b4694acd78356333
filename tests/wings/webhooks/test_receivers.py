"""Receivers that lie, stall, flood and lead elsewhere: nothing leaves for where it may not go, and nothing is held up."""

import asyncio
import socket
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.wings.webhooks.addresses import WebhookAddresses
from gateway.wings.webhooks.answer import ReceiverAnswer
from gateway.wings.webhooks.errors import WebhookAddressRefused
from gateway.wings.webhooks.receivers import Receivers
from gateway.wings.webhooks.webhook import DeliveryFault
from tests.builders.receiver import Received, Receiver, Reply
from tests.wings.webhooks.conftest import anywhere

EVENT, HEADERS = b'{"data":{"number":1}}', {"webhook-id": "msg_1"}


async def sent(
    url: str, ca_file: Path, *, addresses: WebhookAddresses | None = None, timeout_s: float = 30
) -> ReceiverAnswer:
    receivers = Receivers(addresses or anywhere(), timeout_s=timeout_s, ca_file=ca_file)
    return await receivers.send(url, EVENT, HEADERS)


@pytest.mark.parametrize(
    ("reply", "fault"),
    [
        (Reply(status=200, body=b'{"error": "not taken"}'), None),
        (Reply(status=204), None),
        (Reply(status=302, headers={"location": "https://localhost/"}), DeliveryFault.REDIRECT),
        (Reply(status=307, headers={"location": "http://169.254.169.254/"}), DeliveryFault.REDIRECT),
        (Reply(status=304), DeliveryFault.REDIRECT),
        (Reply(status=410), DeliveryFault.GONE),
        (Reply(status=404), DeliveryFault.STATUS),
        (Reply(status=503, headers={"retry-after": "99999999"}), DeliveryFault.STATUS),
        (Reply(status=200, headers={"x": "y" * 60_000}), DeliveryFault.NO_HTTP),
    ],
)
async def test_the_status_alone_counts(
    receiver: Receiver, receivers_authority: Path, reply: Reply, fault: DeliveryFault | None
) -> None:
    receiver.answer = lambda _: reply
    answer = await sent(receiver.url, receivers_authority)
    assert answer.fault is fault
    assert len(receiver.seen) == 1, "nothing is followed, nothing is repeated"
    (seen,) = receiver.seen
    assert (seen.body, seen.headers["webhook-id"], seen.headers["content-type"]) == (
        EVENT.decode(), "msg_1", "application/json",
    )  # fmt: skip


async def test_thirty_megabytes_cost_nothing(receiver: Receiver, receivers_authority: Path) -> None:
    receiver.answer = lambda _: Reply(body=b"x" * 1_000_000, times=30)
    assert (await sent(receiver.url, receivers_authority)).fault is None
    assert receiver.written < 20_000_000


async def test_a_receiver_that_stalls_has_its_time_and_no_more(receiver: Receiver, receivers_authority: Path) -> None:
    over = threading.Event()

    def stall(_: Received) -> Reply:
        over.wait(60)
        return Reply()

    receiver.answer = stall
    try:
        answer = await sent(receiver.url, receivers_authority, timeout_s=0.5)
    finally:
        over.set()
    assert answer == ReceiverAnswer(fault=DeliveryFault.TIMEOUT)


async def test_a_certificate_has_to_be_good(receivers: Callable[..., Receiver], receivers_authority: Path) -> None:
    expired = receivers(until=datetime.now(UTC) - timedelta(hours=1))
    good, plain = receivers(), receivers(tls=False)
    assert (await sent(expired.url, receivers_authority)).fault is DeliveryFault.TLS
    another = good.url.replace("localhost", "other.example")
    assert (await sent(another, receivers_authority, addresses=names("127.0.0.1"))).fault is DeliveryFault.TLS
    assert (await sent(plain.url, receivers_authority)).fault is DeliveryFault.TLS
    unknown = Receivers(anywhere(), timeout_s=30)
    assert (await unknown.send(good.url, EVENT, HEADERS)).fault is DeliveryFault.TLS
    assert [*expired.seen, *good.seen, *plain.seen] == []


async def test_nobody_there(receivers_authority: Path) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        url = f"https://localhost:{bound.getsockname()[1]}/"
        assert (await sent(url, receivers_authority)).fault is DeliveryFault.CONNECTION


def names(*found: str, allowed: Sequence[str] = ("receiver.example", "other.example")) -> WebhookAddresses:
    """Where every name stands for these addresses."""
    return WebhookAddresses(allowed_hosts=allowed, ports=range(1, 65_536), resolve=lambda *_: found)


async def test_the_connection_goes_to_the_checked_address_under_the_hosts_name(
    receiver: Receiver, receivers_authority: Path
) -> None:
    for host in ("receiver.example", "receiver.example."):
        url = receiver.url.replace("localhost", host)
        assert (await sent(url, receivers_authority, addresses=names("127.0.0.1"))).fault is None
        assert receiver.seen.pop().headers["host"] == f"receiver.example:{receiver.port}"


@pytest.mark.parametrize(
    "found", [("127.0.0.1",), ("8.8.8.8", "127.0.0.1"), ("::ffff:10.0.0.1",), ("169.254.169.254",), ()]
)
async def test_no_connection_goes_to_an_address_that_may_not_be_called(
    receiver: Receiver, receivers_authority: Path, found: tuple[str, ...]
) -> None:
    url = receiver.url.replace("localhost", "receiver.example")
    answer = await sent(url, receivers_authority, addresses=names(*found, allowed=()))
    assert answer.fault is DeliveryFault.ADDRESS
    literal = await sent(receiver.url.replace("localhost", "127.0.0.1"), receivers_authority)
    assert literal.fault is DeliveryFault.ADDRESS
    assert receiver.seen == []


async def test_a_name_is_asked_for_anew_at_each_sending(receiver: Receiver, receivers_authority: Path) -> None:
    asked: list[str] = []

    def turning(host: str, _: int) -> Sequence[str]:
        asked.append(host)
        return ("127.0.0.1",) if len(asked) > 1 else ("8.8.8.8",)

    addresses = WebhookAddresses(ports=range(1, 65_536), resolve=turning)
    url = receiver.url.replace("localhost", "receiver.example")
    await addresses.must_be_good(url)
    receivers = Receivers(addresses, timeout_s=30, ca_file=receivers_authority)
    assert (await receivers.send(url, EVENT, HEADERS)).fault is DeliveryFault.ADDRESS
    assert (len(asked), receiver.seen) == (2, [])


async def test_slow_names_keep_no_other_name_waiting(receiver: Receiver, receivers_authority: Path) -> None:
    over = threading.Event()

    def slow(host: str, _: int) -> Sequence[str]:
        if host == "slow.example":
            over.wait(60)
        return ("127.0.0.1",)

    addresses = WebhookAddresses(allowed_hosts=["receiver.example"], ports=range(1, 65_536), resolve=slow)
    receivers = Receivers(addresses, timeout_s=30, ca_file=receivers_authority)
    waiting = [
        asyncio.create_task(receivers.send("https://slow.example/", EVENT, HEADERS, owner="slow")) for _ in range(40)
    ]
    await asyncio.sleep(0)
    url = receiver.url.replace("localhost", "receiver.example")
    assert (await receivers.send(url, EVENT, HEADERS, owner="other")).fault is None
    over.set()
    assert {one.fault for one in await asyncio.gather(*waiting)} == {DeliveryFault.ADDRESS}


async def test_whether_a_name_is_private_or_unknown_is_not_told() -> None:
    def unknown(*_: object) -> Sequence[str]:
        raise socket.gaierror(-2, "unknown")

    told = set()
    for addresses in (WebhookAddresses(resolve=unknown), names("10.0.0.1", allowed=())):
        with pytest.raises(WebhookAddressRefused) as refused:
            await WebhookAddresses.must_be_good(addresses, "https://db.example.org/")
        told.add(str(refused.value))
    assert len(told) == 1
    assert "allowed_hosts" in told.pop()


async def test_proxies_of_the_environment_are_not_asked(
    receiver: Receiver, receivers_authority: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert (await sent(receiver.url, receivers_authority)).fault is None
