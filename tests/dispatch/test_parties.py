"""What is known of an operator is read by its number, crossing a sandbox too: a fault is not nobody, and a name grants nothing."""

import shutil
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pytest

from adapters.simulation import Frame, run_simulator
from adapters.simulation.faults import Aim, Fault, Planned
from gateway.contract import (
    AuthorisationState,
    NumberState,
    PartyAnswer,
    PartyAuthorisation,
    PartyQuery,
    UnexpectedAnswer,
)
from gateway.contract.errors import OtherDocument, UnreadableValue
from gateway.dispatch import Dispatcher, LoadedAdapter, load_adapters
from gateway.dispatch.parties import MOST, as_stated, judged_party
from gateway.dispatch.sandboxes import SandboxedCode
from gateway.domain.errors import ConfigurationError
from gateway.settings.adapters import AdapterConfig
from gateway.wings.controls.parties.authority import facts_of
from tests.builders.places import ROOT
from tests.dispatch.server import dispatching
from tests.zoo.party_beasts import AS_ASKED, IF_ALONE

NAMED, UNNAMED, ENDED = "FR00000000000102", "DE00000000000103", "IT00000000000104"


def asked(number: str) -> PartyQuery:
    return PartyQuery(number=number, role="importer", day=date(2026, 3, 2))


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """Simulated EOS, and a dispatcher to it."""

    frame: Frame
    dispatcher: Dispatcher


def eos(url: str, package: str = "adapters.eos") -> LoadedAdapter:
    return load_adapters([AdapterConfig(name="eos", package=package, base_url=url)], allow_draft=True)["eos"]


@pytest.fixture(params=["in the loop", "in a sandbox"])
async def register(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Register]:
    async with run_simulator("adapters.eos") as running:
        loaded = eos(running.url)
        if request.param == "in a sandbox":
            shutil.copytree(ROOT / "adapters/eos", tmp_path / "partner_eos")
            monkeypatch.syspath_prepend(tmp_path)
            loaded = eos(running.url, "partner_eos")
            assert isinstance(loaded.adapter, SandboxedCode)
        async with dispatching(loaded) as dispatcher:
            yield Register(frame=running.frame, dispatcher=dispatcher)
        sys.modules.pop("partner_eos", None)


async def test_a_number_is_valid_or_none_and_a_name_is_a_hint(register: Register) -> None:
    """Of the same name, or of one that has it in it: nobody's number is stated, so none of it is the operator's."""
    assert register.dispatcher.knowing_parties() == ("eos",)
    named = (await register.dispatcher.party("eos", asked(NAMED))).answer
    assert named is not None
    assert (named.state, [(one.type, one.holder) for one in named.authorisations]) == (
        NumberState.VALID,
        [("AEOF", None)],
    )
    for number, state in ((UNNAMED, NumberState.VALID), (ENDED, NumberState.INVALID), ("SE1", NumberState.INVALID)):
        read = await register.dispatcher.party("eos", asked(number))
        assert read.answer == PartyAnswer(number=number, state=state)


@pytest.mark.parametrize(
    "fault", [Fault.DOWN, Fault.SOAP_FAULT, Fault.UNKNOWN_STATUS, Fault.HTML, Fault.EMPTY, Fault.TRUNCATED]
)
async def test_a_fault_is_not_nobody(register: Register, fault: Fault) -> None:
    register.frame.plan(Planned(fault=fault, aim=Aim()))
    read = await register.dispatcher.party("eos", asked(NAMED))
    assert read.answer is None
    assert (read.cause or "").startswith("SW-ADP-0")


async def test_what_is_no_number_is_not_asked_about(register: Register) -> None:
    """Nor is anybody asked whose adapter does not know operators."""
    assert (await register.dispatcher.party("eos", asked("Müller GmbH"))).answer is None
    assert (await register.dispatcher.party("nobody", asked(NAMED))).answer is None


@pytest.mark.parametrize("changes", [AS_ASKED, IF_ALONE], ids=["of all of the name", "of the only one"])
async def test_a_holder_whom_no_answer_states_grants_nothing(
    changes: tuple[tuple[str, str], ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An adapter that takes for the holder whom it was asked about: the register listed a name, so it stays a hint."""
    shutil.copytree(ROOT / "adapters/eos", tmp_path / "copying_eos")
    code = tmp_path / "copying_eos/adapter.py"
    text = code.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    code.write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    async with run_simulator("adapters.eos") as running, dispatching(eos(running.url, "copying_eos")) as dispatcher:
        read = (await dispatcher.party("eos", asked(NAMED))).answer
    assert read is not None
    assert [(one.type, one.holder) for one in read.authorisations] == [("AEOF", None)]
    assert facts_of([read]).authorisations == ()
    sys.modules.pop("copying_eos", None)


@pytest.mark.parametrize(
    ("bodies", "holder"),
    [
        ([f"<a>{NAMED}</a>", "<row><since>06/05/2024</since></row>"], None),
        ([f"<row><of>{NAMED}</of><since>2024-05-06</since></row>", "<more/>"], NAMED),
        (['{"of": "FR 0000 0000 000102", "since": "20240506"}'], NAMED),
        ([f'{{"of": "{NAMED}1", "since": "2024-05-06"}}'], None),
        ([f"<a>{NAMED}</a>", "<row><since>1714953600</since></row>"], None),
        ([], None),
    ],
)
def test_a_holder_stands_in_the_answer_that_lists_the_authorisation(bodies: list[str], holder: str | None) -> None:
    read = as_stated(ANSWER, [one.encode() for one in bodies])
    assert [one.holder for one in read.authorisations] == [holder]
    assert as_stated(ANSWER, [one.encode("utf-16") for one in bodies]) == read


ANSWER = PartyAnswer(
    number=NAMED,
    state=NumberState.VALID,
    authorisations=(
        PartyAuthorisation(
            type="AEOC", state=AuthorisationState.IN_FORCE, effective=date(2024, 5, 6), holder=NAMED, country="CH"
        ),
    ),
)
(HELD,) = ANSWER.authorisations


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (None, UnexpectedAnswer),
        (replace(ANSWER, number=UNNAMED), OtherDocument),
        (replace(ANSWER, state="valid"), UnreadableValue),  # type: ignore[arg-type]
        (replace(ANSWER, authorisations=(HELD,) * (MOST + 1)), UnreadableValue),
        (replace(ANSWER, authorisations=(replace(HELD, type=""),)), UnreadableValue),
        (replace(ANSWER, authorisations=(replace(HELD, country="Suisse"),)), UnreadableValue),
    ],
)
def test_an_answer_that_contradicts_the_question_or_itself_is_none(answer: object, fault: type[Exception]) -> None:
    assert judged_party(ANSWER, asked(NAMED)) == ANSWER
    with pytest.raises(fault):
        judged_party(answer, asked(NAMED))


def test_the_capability_came_with_1_11(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(ROOT / "adapters/eos", tmp_path / "earlier_eos")
    manifest = tmp_path / "earlier_eos/manifest.toml"
    manifest.write_text(manifest.read_text().replace('contract = "1.11"', 'contract = "1.10"'))
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ConfigurationError, match=r'questions about operators came with 1\.11: contract = "1\.11"'):
        eos("http://127.0.0.1:1", "earlier_eos")
