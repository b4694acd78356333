"""Words about suspended goods are read where an adapter claims them, crossing a sandbox too; notices go out once and what was said is read back."""

import json
import shutil
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.icsms.simulator import CLIENT_ID, CLIENT_SECRET, SIMULATOR, messages_of, pushed
from adapters.simulation import Frame, run_simulator
from adapters.simulation.faults import Aim, Fault, Planned
from gateway.contract import (
    AdapterError,
    Change,
    NoticeReceipt,
    Request,
    SuspensionEvent,
    SuspensionNotice,
    SuspensionQuery,
    UnexpectedAnswer,
)
from gateway.contract.errors import UnreadableValue
from gateway.dispatch import Dispatcher, LoadedAdapter, load_adapters
from gateway.dispatch.sandboxes import SandboxedCode
from gateway.dispatch.suspension_words import judged_pushed, judged_words
from gateway.domain.errors import ConfigurationError
from gateway.settings.adapters import AdapterConfig
from tests.builders.places import ROOT
from tests.dispatch.server import dispatching

KEY = "0123456789abcdef" * 2
MRN, OTHER = "26FRD0000000000105", "26FRD0000000000204"
CASE = SIMULATOR.documents["ICSMS-2026-0004711"]
NOTICE = SuspensionNotice(
    key=KEY,
    regime="product_safety",
    duty="notify.authority",
    mrn=MRN,
    customs_office="FR000040",
    opened_at=datetime(2026, 3, 2, 10, tzinfo=UTC),
    goods_items=(1,),
    fields={"ground": "26_1_b"},
)
EVENT = SuspensionEvent(reference="A-1", version=1, mrn=MRN, regime="product_safety", word="approve", goods_items=(1,))
SECRETS = {"client_id": "env:I", "client_secret": "env:S"}
ENVIRONMENT = {"I": CLIENT_ID, "S": CLIENT_SECRET}


@dataclass(frozen=True, slots=True, kw_only=True)
class Surveillance:
    """Simulated ICSMS, and a dispatcher to it."""

    frame: Frame
    dispatcher: Dispatcher

    async def pushed(self, body: bytes) -> tuple[Change | SuspensionEvent, ...]:
        """What is read of a push."""
        return await self.dispatcher.read_notification("icsms", Request(path="", method="POST", body=body))


def icsms(url: str = "http://127.0.0.1:1", package: str = "adapters.icsms") -> LoadedAdapter:
    config = AdapterConfig(name="icsms", package=package, base_url=url, secrets=SECRETS)
    return load_adapters([config], allow_draft=True, environment=ENVIRONMENT)["icsms"]


@pytest.fixture(params=["in the loop", "in a sandbox"])
async def surveillance(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Surveillance]:
    async with run_simulator("adapters.icsms") as running:
        loaded = icsms(running.url)
        if request.param == "in a sandbox":
            shutil.copytree(ROOT / "adapters/icsms", tmp_path / "partner_icsms")
            monkeypatch.syspath_prepend(tmp_path)
            loaded = icsms(running.url, "partner_icsms")
            assert isinstance(loaded.adapter, SandboxedCode)
        async with dispatching(loaded) as dispatcher:
            yield Surveillance(frame=running.frame, dispatcher=dispatcher)
        sys.modules.pop("partner_icsms", None)


async def test_what_is_pushed_is_read_word_for_word(surveillance: Surveillance) -> None:
    first, second = await surveillance.pushed(pushed(messages_of(CASE)))
    assert isinstance(first, SuspensionEvent)
    assert isinstance(second, SuspensionEvent)
    assert (first.reference, first.version, first.mrn, first.goods_items) == ("ICSMS-2026-0004711", 1, MRN, (1,))
    assert (first.word, first.fields["category"], second.version, second.word) == ("maintain", "toys", 2, "approve")


@pytest.mark.parametrize(
    "change",
    [
        {"decision": "UNHEARD_OF"},
        {"number": None},
        {"number": 0},
        {"mrn": "26FRD000000000001"},
        {"goods_items": []},
        {"goods_items": None},
        {"goods_items": [1, 1]},
        {"all_items": True},
        {"case": ""},
        {"finding": "SERIOUS_RISK"},
        {"said_at": "2026-03-05"},
        {"said_at": "2024-03-05T10:00:00Z"},
    ],
)
async def test_nothing_of_what_is_not_readable_counts(surveillance: Surveillance, change: dict[str, object]) -> None:
    messages = messages_of(CASE)
    with pytest.raises(AdapterError):
        await surveillance.pushed(pushed([messages[0], {**messages[1], **change}]))


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{}", b'{"messages": []}', pushed(messages_of(CASE))[:-20]])
async def test_a_push_that_is_none_is_refused(surveillance: Surveillance, body: bytes) -> None:
    with pytest.raises(AdapterError):
        await surveillance.pushed(body)


async def test_a_notice_is_sent_once_and_opens_a_case(surveillance: Surveillance) -> None:
    for _ in range(2):
        sent = await surveillance.dispatcher.tell("icsms", NOTICE)
        assert sent.receipt == NoticeReceipt(key=KEY, reference=f"ICSMS-{MRN}")
    other = await surveillance.dispatcher.tell("icsms", replace(NOTICE, customs_office="FR000041"))
    assert (other.receipt, other.sent) == (None, True)


@pytest.mark.parametrize("fault", [Fault.DROP_AFTER, Fault.ERROR_AFTER, Fault.HALF, Fault.HTML, Fault.DOWN])
async def test_without_a_clear_receipt_it_is_not_known(surveillance: Surveillance, fault: Fault) -> None:
    surveillance.frame.plan(Planned(fault=fault, aim=Aim(containing='"key"'), count=1))
    sent = await surveillance.dispatcher.tell("icsms", NOTICE)
    assert (sent.receipt, sent.sent) == (None, True)
    assert sent.cause
    assert (await surveillance.dispatcher.tell("icsms", NOTICE)).receipt is not None


async def test_what_was_said_is_read_back(surveillance: Surveillance) -> None:
    query = SuspensionQuery(mrn=MRN, regime="product_safety")
    read = await surveillance.dispatcher.said("icsms", query)
    assert read.events is not None
    assert [(one.version, one.word) for one in read.events] == [(1, "maintain"), (2, "approve")]
    other = await surveillance.dispatcher.said("icsms", replace(query, mrn="26FRD0000000000991"))
    assert other.events == ()
    of_another_case = await surveillance.dispatcher.said("icsms", replace(query, reference="ICSMS-1"))
    assert of_another_case.events == ()


@pytest.mark.parametrize("fault", [Fault.DOWN, Fault.HTML, Fault.EMPTY, Fault.TRUNCATED, Fault.UNKNOWN_CODE])
async def test_silence_that_cannot_be_read_is_not_silence(surveillance: Surveillance, fault: Fault) -> None:
    surveillance.frame.plan(Planned(fault=fault, aim=Aim(containing="mrn=")))
    read = await surveillance.dispatcher.said("icsms", SuspensionQuery(mrn=MRN, regime="product_safety"))
    assert read.events is None
    assert read.cause


async def test_an_adapter_without_tell_and_said_is_not_asked() -> None:
    config = AdapterConfig(name="plain_events", package="adapters.plain_events", base_url="http://127.0.0.1:1")
    loaded = load_adapters([config], allow_draft=False)["plain_events"]
    assert loaded.offers == ()
    async with dispatching(loaded) as dispatcher:
        assert dispatcher.offers("plain_events") == dispatcher.offers("nobody") == ()
        sent = await dispatcher.tell("plain_events", NOTICE)
        assert (sent.receipt, sent.sent) == (None, False)
        assert (await dispatcher.said("plain_events", SuspensionQuery(mrn=MRN, regime="ipr"))).events is None


async def test_plain_events_are_the_contracts_own_members() -> None:
    config = AdapterConfig(name="plain_events", package="adapters.plain_events", base_url="http://127.0.0.1:1")
    async with dispatching(load_adapters([config], allow_draft=False)["plain_events"]) as dispatcher:

        async def read(event: object) -> tuple[Change | SuspensionEvent, ...]:
            body = json.dumps(event).encode()
            return await dispatcher.read_notification("plain_events", Request(path="", method="POST", body=body))

        least = {"reference": "A-1", "version": 1, "mrn": MRN, "regime": "product_safety", "word": "approve"}
        assert await read({"events": [{**least, "goods_items": [1]}]}) == (EVENT,)
        assert await read(least) == (replace(EVENT, goods_items=()),)
        for change in (
            {"goods_items": None},
            {"version": 0},
            {"word": "Approve"},
            {"fields": None},
            {"fields": {"a": 1}},
            {"at": "yesterday"},
            {"goods_item": [1]},
        ):
            with pytest.raises(UnexpectedAnswer):
                await read({**least, **change})


@pytest.mark.parametrize(
    "wrong",
    [
        replace(EVENT, reference=""),
        replace(EVENT, reference="x" * 141),
        replace(EVENT, mrn="MRN"),
        replace(EVENT, version=0),
        replace(EVENT, goods_items=(1, 1)),
        replace(EVENT, word="no name"),
        replace(EVENT, regime=""),
        replace(EVENT, fields={"a": "\0"}),
        replace(EVENT, fields={str(number): "x" for number in range(51)}),
        replace(EVENT, at=datetime(2026, 3, 2)),  # noqa: DTZ001
    ],
)
def test_an_event_that_says_not_of_what_it_is_is_none(wrong: SuspensionEvent) -> None:
    assert judged_pushed((EVENT,)) == (EVENT,)
    with pytest.raises(UnreadableValue):
        judged_pushed((EVENT, wrong))


def test_what_was_said_is_of_the_suspension_that_was_asked_about() -> None:
    query = SuspensionQuery(mrn=MRN, regime="product_safety")
    assert judged_words((EVENT, replace(EVENT, version=2)), query)
    for words in ((EVENT, EVENT), (replace(EVENT, mrn=OTHER),), (replace(EVENT, regime="ipr"),), [EVENT], (EVENT, "x")):
        with pytest.raises(UnexpectedAnswer):
            judged_words(words, query)


def test_words_came_with_their_version_of_the_contract(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "older_icsms"
    shutil.copytree(ROOT / "adapters/icsms", folder)
    manifest = folder / "manifest.toml"
    manifest.write_text(manifest.read_text().replace('contract = "1.9"', 'contract = "1.8"'))
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ConfigurationError, match=r"words about suspensions came with 1\.9"):
        icsms(package="older_icsms")
