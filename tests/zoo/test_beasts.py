"""Each beast is caught where it says, by what it says; the good twin is let through everywhere."""

import asyncio
import importlib
import json
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from gateway.conformance.checks import NEEDS_AUTHORITY
from gateway.conformance.examination import examine, rules
from gateway.conformance.exchanges import AdapterProcess
from gateway.conformance.simulated import SimulatedAuthority
from gateway.contract import Direction, DocumentQuery, Settings
from gateway.dispatch.registry import load_adapters
from gateway.domain.errors import ConfigurationError
from gateway.domain.verification import CitedDocument, DocumentStatus, Requirement
from gateway.settings.adapters import AdapterConfig
from tests.builders.extent import part
from tests.dispatch.server import ONCE, Seen, dispatching, http, loaded, wire
from tests.zoo.beast import GOOD, TWIN, Beast, Catch
from tests.zoo.beasts import ALL, KIT_BEASTS
from tests.zoo.core_beasts import CORE_BEASTS
from tests.zoo.honest_ones import HONEST
from tests.zoo.start_beasts import START_BEASTS
from tests.zoo.xml_beasts import XML_GOOD

Cage = Callable[[Beast], str]


def test_there_are_enough_of_them_and_each_is_one_of_its_kind() -> None:
    assert len(ALL) >= 40
    assert max(Counter(one.name for one in ALL).values()) == 1
    assert {one.caught for one in ALL} == set(Catch)
    known = {one.name for one in rules()}
    assert {one.by for one in KIT_BEASTS} <= known
    # Of every rule there is a beast that breaks it.
    of_none = {"package.check_failed", "package.simulator_not_served"}
    assert known - {one.by for one in KIT_BEASTS} == of_none, "the kit's own fault, and its environment's"


@pytest.mark.whole
def test_no_gateway_starts_with_these(cage: Cage) -> None:
    configs = [
        AdapterConfig(
            name=one.package, package=cage(one), base_url="http://127.0.0.1:1", secrets={"signing_key": "env:K"}
        )
        for one in START_BEASTS
    ]
    with pytest.raises(ConfigurationError) as refused:
        load_adapters(configs, allow_draft=True, environment={"K": "orchard-key"}, trial_s=3.0)
    found = refused.value.faults
    for one in START_BEASTS:
        own = [fault for fault in found if re.search(rf"\b{one.package}\b", fault)]
        assert any(one.by in fault for fault in own), (one.name, own)


def question(reference: str = "OO/17") -> Requirement:
    """The question about one permit."""
    query = DocumentQuery(type="C690", reference=reference, direction=Direction.IMPORT)
    return Requirement(
        document=CitedDocument(type="C690", reference=reference, adapter="toy"), adapter="toy", query=query
    )


def pages() -> Mapping[str, Any]:
    """The recorded pages of a permit."""
    table = tomllib.loads((TWIN / "exchanges" / "valid.toml").read_text())
    said = [one["response"] for one in table["exchange"]]
    bodies = [one["body"] if "body" in one else (TWIN / "exchanges" / one["body_file"]).read_text() for one in said]
    return {str(number): json.loads(body) for number, body in enumerate(bodies, start=1)}


def brought_in(package: str) -> Any:
    """The adapter of a beast, in this process, as its entry point makes it."""
    return importlib.import_module(f"{package}.adapter").TwinAdapter(Settings(secrets={"signing_key": "orchard-key"}))


@pytest.mark.parametrize("beast", part([GOOD, *CORE_BEASTS], 3), ids=lambda beast: beast.name)
async def test_the_gateway_believes_none_of_these(beast: Beast, cage: Cage) -> None:
    said = pages()

    async def office(seen: Seen, writer: asyncio.StreamWriter) -> None:
        page = parse_qs(urlsplit(seen.target).query).get("page", ["1"])[0]
        writer.write(http(b"", 503) if beast.name == "optimist" else http(said.get(page, said["1"])))

    async with wire(office) as server:
        adapter = loaded(server.url, brought_in(cage(beast)), secrets=("orchard-key",))
        async with dispatching(adapter, policy=ONCE) as dispatcher:
            answer = (await dispatcher.ask(question())).verification
    if beast is GOOD:
        assert (answer.status, answer.cause) == (DocumentStatus.VALID, None)
    else:
        assert (answer.status, answer.cause) == (DocumentStatus.UNDETERMINED, beast.by)
        assert answer.certificate is None


@pytest.mark.parametrize("beast", part(KIT_BEASTS, 12), ids=lambda beast: beast.name)
def test_the_kit_catches_it(beast: Beast, cage: Cage, process: AdapterProcess, office: SimulatedAuthority) -> None:
    against = office.url if beast.checks & NEEDS_AUTHORITY and not beast.own_simulator else None
    report = examine(beast.package, cage(beast), only=beast.checks, process=process, against=against, most=beast.places)
    found = [one.place for one in report.nonconformities if one.rule.name == beast.by]
    assert any(one.startswith(beast.place) for one in found), [str(one) for one in report.nonconformities]


@pytest.mark.parametrize("beast", HONEST, ids=lambda beast: beast.name)
def test_the_kit_finds_nothing_in_an_honest_one(beast: Beast, cage: Cage, process: AdapterProcess) -> None:
    report = examine(beast.package, cage(beast), only=beast.checks, process=process, most=beast.places)
    assert [str(one) for one in report.nonconformities] == []
    assert report.passed


def test_the_twin_in_xml_passes_everything(cage: Cage, process: AdapterProcess) -> None:
    report = examine("zoo_xml_twin", cage(XML_GOOD), process=process, most=XML_GOOD.places)
    assert [str(one) for one in report.nonconformities] == []
    assert report.passed


def test_the_good_twin_passes_everything(cage: Cage, process: AdapterProcess, office: SimulatedAuthority) -> None:
    report = examine("zoo_twin", cage(GOOD), process=process, against=office.url, most=GOOD.places)
    assert [str(one) for one in report.nonconformities] == []
    assert report.passed
