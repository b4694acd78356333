"""An authority that an installation does not connect: an officer verifies its documents, and nobody is asked."""

from dataclasses import replace
from types import MappingProxyType

import pytest
from msgspec import structs

from gateway.configured_rules import read_rules
from gateway.decisions import decide
from gateway.domain.decision import Effect
from gateway.domain.declaration import Direction, SupportingDocument
from gateway.domain.verification import DocumentStatus, Verification, VerifiedBy
from gateway.settings import load
from gateway.settings.tables import load_tables, read_written, written
from gateway.settings.tables.connected import connected, unconnected
from tests.builders.offices import SECRETS
from tests.builders.places import CONFIG, ROOT
from tests.builders.small_cases import CHED, case, codes, declared, milk
from tests.builders.story import ordinary, shipped

UNVERIFIED = "SW-DEC-015"
ASKED = sorted({(kind, one.directions[0]) for one in shipped().routes if one.adapter for kind in one.types})


@pytest.mark.parametrize(("kind", "direction"), ASKED)
def test_its_documents_hold_unseen(kind: str, direction: Direction) -> None:
    tables = connected(ordinary(), shipped().adapters().keys())
    citing = structs.replace(milk(), documents=(SupportingDocument(type=kind, reference="A 1"),))
    decision = decide(case(declared(citing, direction=direction), tables=tables))
    assert UNVERIFIED in codes(decision)
    assert decision.effect is not Effect.RELEASE


def test_an_officers_word_releases_them() -> None:
    tables = connected(ordinary(), {"traces"})
    word = Verification(type="N853", reference=CHED, status=DocumentStatus.VALID, verified_by=VerifiedBy.OFFICER)
    assert decide(case(declared(), word, tables=tables)).effect is Effect.RELEASE


def test_what_is_connected_stays_as_it_is() -> None:
    assert connected(shipped(), {"nobody"}) is shipped()
    without = connected(shipped(), {"catch"})
    assert without.digest != shipped().digest
    assert without.adapters().keys() == shipped().adapters().keys() - {"catch"}
    assert read_written(written(without), without.digest).routes == without.routes


def test_disabled_or_left_out_is_the_same_and_what_nobody_delivers_is_a_fault() -> None:
    settings = load({**SECRETS, "GATEWAY_ADAPTERS__CATCH__ENABLED": "false"})
    assert read_rules(settings).unconnected == {"catch": ("C673",)}
    rest = {name: one for name, one in settings.adapters.items() if name != "catch"}
    left_out = settings.model_copy(update={"adapters": MappingProxyType(rest)})
    assert read_rules(left_out).tables.digest == read_rules(settings).tables.digest
    misspelt = tuple(replace(one, adapter="trces") if one.adapter == "traces" else one for one in shipped().routes)
    tables = replace(shipped(), routes=misspelt)
    assert "trces" not in unconnected(tables, shipped(), load(SECRETS).adapters)


def test_an_authority_that_is_not_connected_is_told_of_no_release() -> None:
    told = tuple(replace(one, report=True) for one in shipped().routes if one.adapter == "catch")
    without = connected(replace(shipped(), routes=told), {"catch"})
    assert [(one.adapter, one.report) for one in without.routes] == [(None, False)] * len(told)


@pytest.mark.parametrize(
    "name", sorted(one.parent.parent.name for one in ROOT.glob("adapters/*/tables/documents.toml"))
)
def test_the_system_that_is_asked_keeps_its_name_where_it_is_connected(name: str) -> None:
    """A row that names another adapter takes over no name of a system: it says its own."""
    known = {(kind, way): one.system for one in shipped().routes for kind in one.types for way in one.directions}
    asked = [one for one in load_tables(CONFIG, ROOT / "adapters" / name / "tables").routes if one.adapter == name]
    assert asked
    unnamed = [
        (kind, way)
        for one in asked
        for kind in one.types
        for way in one.directions
        if one.system is None and known.get((kind, way)) is not None
    ]
    assert unnamed == []
