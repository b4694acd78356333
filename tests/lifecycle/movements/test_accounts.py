"""Figures are taken from an account of a holder and a year: told at release, by the items that go, and of the year in which they go."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any, cast

import pytest

from adapters.simulation import Frame, run_simulator
from adapters.simulation.faults import Aim, Fault, Planned
from gateway.configured_rules import Rules, read_rules
from gateway.dispatch import LoadedAdapter, load_adapters
from gateway.domain.decision import Effect
from gateway.domain.errors import AgainstDecision
from gateway.domain.record import Record, State
from gateway.domain.release import ReleasedItem, ReleaseOrder
from gateway.settings import load
from gateway.settings.adapters import AdapterConfig
from gateway.settings.tables import load_tables
from gateway.settings.tables.content import compose
from gateway.settings.tables.kinds import KINDS
from tests.builders.actors import AS_CUSTOMS, CUSTOMS
from tests.builders.authority import Authority
from tests.builders.offices import SECRETS
from tests.builders.places import CONFIG, ROOT
from tests.builders.replicas import Clock, Office, effect, findings, mrn_of

PORTAL = "FG.FR.0000001"
JSON = "application/json"
HOLDER = "FR12345678901234"


@dataclass(frozen=True, slots=True, kw_only=True)
class Portal:
    """The simulated F-gas Portal, which stands in an office's place of TRACES."""

    url: str
    frame: Frame

    def left(self) -> dict[int, Decimal]:
        """What is left of the quota for gases in bulk, by years."""
        told = self.books()
        return {one["line"]: Decimal(one["available"]) for one in told["lines"]}

    def taken(self, lrn: str) -> dict[tuple[int, int], Decimal]:
        """What a declaration took, by goods item and year."""
        ours = [one for one in self.books()["allocations"] if one["value"] == mrn_of(lrn)]
        return {(one["goods_item"], one["line"]): Decimal(one["quantity"]) for one in ours}

    def effects(self, lrn: str) -> dict[str, int]:
        """How often each movement had an effect."""
        return dict(self.books()["effects"]["MRN"].get(mrn_of(lrn), {}))

    def books(self) -> dict[str, Any]:
        """The register of the portal."""
        return cast("dict[str, Any]", cast("Any", self.frame.app).ledger(PORTAL))


class AtTheOffice:
    """The adapter, at the office's time: an occasion is of the moment that the machine has."""

    def __init__(self, adapter: Any, clock: Clock) -> None:
        self._adapter, self._clock = adapter, clock

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._adapter, name)
        return lambda subject, occasion: method(subject, replace(occasion, at=self._clock()))


@pytest.fixture(scope="session")
def rules() -> Rules:
    """The delivered tables, with the rows of the portal behind them."""
    read = read_rules(load(SECRETS))
    tables = load_tables(CONFIG, ROOT / "adapters/fgas/tables")
    return replace(read, tables=compose(tables.version, {into: tables.rows_of(into) for into in KINDS}))


@pytest.fixture(scope="session")
def loaded() -> LoadedAdapter:
    config = AdapterConfig(
        name="fgas", package="adapters.fgas", base_url="http://127.0.0.1:1", secrets={"header_value": "env:K"}
    )
    return load_adapters([config], allow_draft=True, environment={"K": "fgas-simulator-key"})["fgas"]


@pytest.fixture
async def portal() -> AsyncIterator[Portal]:
    async with run_simulator("adapters.fgas") as running:
        yield Portal(url=running.url, frame=running.frame)


@pytest.fixture
async def office(portal: Portal, database_url: str, rules: Rules, loaded: LoadedAdapter) -> AsyncIterator[Office]:
    opened = Office(cast("Authority", portal), database_url, rules, loaded)
    opened.loaded = replace(loaded, adapter=AtTheOffice(loaded.adapter, opened.clock))
    await opened.open()
    yield opened
    await opened.must_be_sound()
    await opened.close()


def message(
    lrn: str,
    *figures: str | None,
    version: int = 1,
    number: str = PORTAL,
    mass: str = "90",
    previous: str | None = None,
    accepted: bool = True,
) -> bytes:
    """Gases in bulk, a goods item for each figure."""
    items = []
    for place, figure in enumerate(figures, 1):
        cited = [("Y123", number), ("Y125", number)] + ([("Y121", figure)] if figure is not None else [])
        item = {
            "goodsItemNumber": place,
            "Procedure": {"requestedProcedure": "40", "previousProcedure": "00", "additionalProcedure": ["000"]},
            "Commodity": {
                "descriptionOfGoods": "difluoromethane",
                "harmonizedSystemSubHeadingCode": "290342",
                "combinedNomenclatureCode": "00",
                "taricCode": "00",
                "GoodsMeasure": {"grossMass": mass, "netMass": mass},
            },
            "countryOfOrigin": "CN",
            "AdditionalReference": [
                {"sequenceNumber": at, "type": kind, "referenceNumber": text}
                for at, (kind, text) in enumerate(cited, 1)
            ],
        }
        if previous is not None:
            item["PreviousDocument"] = [{"sequenceNumber": 1, "type": "NMRN", "referenceNumber": mrn_of(previous)}]
        items.append(item)
    declaration = {
        "messageIdentification": f"{lrn}-{version}",
        "preparationDateAndTime": "2026-03-02T08:15:00Z",
        "LRN": lrn,
        "version": version,
        "dataset": "H1",
        "declarationType": "IM",
        "additionalDeclarationType": "Y" if previous is not None else "A" if accepted else "D",
        "CustomsOffice": {"referenceNumber": "FR001260"},
        "Declarant": {"identificationNumber": HOLDER},
        "Importer": {"identificationNumber": HOLDER},
        **({"MRN": mrn_of(lrn)} if accepted else {}),
        "GoodsShipment": {"countryOfDispatch": "CN", "countryOfDestination": "FR", "GoodsItem": items},
    }
    return json.dumps(declaration).encode()


async def lodged(office: Office, lrn: str, *figures: str | None, **more: Any) -> Record:
    raw = message(lrn, *figures, **more)
    taken = await office.lifecycle.lodging.lodge(raw, JSON, waited_for=True, by=CUSTOMS, asker=AS_CUSTOMS)
    return await office.settled(taken.id)


async def amended(office: Office, record: Record, *figures: str | None, **more: Any) -> Record:
    raw = message(record.lrn, *figures, version=record.current_version + 1, **more)
    await office.lifecycle.lodging.amend(record.id, raw, JSON, by=CUSTOMS, asker=AS_CUSTOMS)
    return await office.settled(record.id)


async def test_what_is_released_is_told_once_by_its_figure(office: Office, portal: Portal) -> None:
    """15: 67.5 of 100 left."""
    record = await lodged(office, "QUOTA", "67.5")
    assert effect(record) is Effect.RELEASE, findings(record)
    assert portal.taken("QUOTA") == {}
    assert (await office.release(record)).done
    assert portal.taken("QUOTA") == {(1, 2026): Decimal("67.5")}
    assert portal.left() == {2026: Decimal("32.5"), 2027: Decimal(50)}
    assert portal.effects("QUOTA") == {"release": 1}
    assert (await office.settled(record.id)).state is State.RELEASED


@pytest.mark.parametrize("figures", [("120",), ("40", "70"), ("1000000000000",)])
async def test_less_is_left_than_the_declaration_takes(
    office: Office, portal: Portal, figures: tuple[str, ...]
) -> None:
    """16 and 17."""
    record = await lodged(office, "TOO MUCH", *figures)
    assert effect(record) is Effect.HOLD
    assert "SW-DEC-070" in findings(record)
    assert portal.effects("TOO MUCH") == {}


async def test_a_figure_that_is_none_holds_and_nothing_is_told(office: Office, portal: Portal) -> None:
    record = await lodged(office, "COMMA", "67,5")
    assert (effect(record), {"SW-DEC-270"} <= findings(record)) == (Effect.HOLD, True)


async def test_two_declarations_empty_one_account(office: Office, portal: Portal) -> None:
    first, second = await lodged(office, "FIRST", "60"), await lodged(office, "SECOND", "60")
    assert (effect(first), effect(second)) == (Effect.RELEASE, Effect.RELEASE)
    assert (await office.release(first)).done
    assert not (await office.release(second)).done
    assert portal.left()[2026] == 40
    assert effect(await office.settled(second.id)) is Effect.HOLD


async def test_one_item_goes_then_the_figure_is_amended(office: Office, portal: Portal) -> None:
    """31: what is released is told, and told anew."""
    record = await lodged(office, "ITEMS", "67.5", "20")
    assert (await office.release(record, ReleasedItem(goods_item=1))).done
    assert portal.taken("ITEMS") == {(1, 2026): Decimal("67.5")}
    record = await amended(office, record, "70", "20")
    assert portal.taken("ITEMS") == {(1, 2026): Decimal(70)}
    assert (await office.release(record)).done
    assert portal.taken("ITEMS") == {(1, 2026): Decimal(70), (2, 2026): Decimal(20)}


async def test_a_figure_moves_from_one_released_item_to_the_other(office: Office, portal: Portal) -> None:
    record = await lodged(office, "MOVED", "40", "30")
    assert (await office.release(record)).done
    await amended(office, record, "30", "40")
    assert portal.taken("MOVED") == {(1, 2026): Decimal(30), (2, 2026): Decimal(40)}


async def test_a_figure_moves_between_items_that_are_not_released(office: Office, portal: Portal) -> None:
    record = await lodged(office, "MOVES", "40", "30", "20")
    assert (await office.release(record, ReleasedItem(goods_item=3))).done
    record = await amended(office, record, "30", "40", "20")
    assert (effect(record), portal.taken("MOVES")) == (Effect.RELEASE, {(3, 2026): Decimal(20)})
    assert (await office.release(record, ReleasedItem(goods_item=2))).done
    record = await amended(office, record, "35", "40", "20")
    assert (await office.release(record)).done
    assert portal.taken("MOVES") == {(1, 2026): Decimal(35), (2, 2026): Decimal(40), (3, 2026): Decimal(20)}
    assert portal.left()[2026] == 5


async def test_a_figure_moved_to_an_unreleased_item_may_not_exceed_the_account(office: Office, portal: Portal) -> None:
    record = await lodged(office, "MOVES TOO FAR", "40", "30")
    assert (await office.release(record, ReleasedItem(goods_item=1))).done
    record = await amended(office, record, "40", "61")
    assert (effect(record), "SW-DEC-070" in findings(record)) == (Effect.HOLD, True)
    with pytest.raises(AgainstDecision):
        await office.release(record)
    record = await amended(office, record, "40", "60")
    assert effect(record) is Effect.RELEASE, findings(record)
    assert (await office.release(record)).done
    assert portal.left()[2026] == 0


async def test_a_pre_lodged_declaration_is_forecast_and_touches_no_account(office: Office, portal: Portal) -> None:
    record = await lodged(office, "BEFOREHAND", "67.5", accepted=False)
    assert record.decision is not None
    assert (effect(record), record.decision.decision.forecast) == (Effect.RELEASE, True)
    assert portal.left()[2026] == 100
    assert portal.books()["allocations"] == []


async def test_a_part_of_the_goods_takes_that_part_of_the_figure_rounded_up(office: Office, portal: Portal) -> None:
    record = await lodged(office, "PART", "10")
    part = ReleasedItem(goods_item=1, quantity=Decimal(30), unit="KGM")
    assert (await office.release(record, part)).done
    assert portal.taken("PART") == {(1, 2026): Decimal("3.333334")}
    assert (await office.release(record)).done
    assert portal.taken("PART") == {(1, 2026): Decimal(10)}


async def test_an_invalidation_takes_it_back(office: Office, portal: Portal) -> None:
    record = await lodged(office, "BACK", "67.5")
    assert (await office.release(record)).done
    await office.invalidate(record)
    assert portal.taken("BACK") == {}


async def test_at_the_turn_of_the_year_the_new_years_account_counts(office: Office, portal: Portal) -> None:
    enough, record = await lodged(office, "ENOUGH", "45"), await lodged(office, "NEW YEAR", "67.5")
    assert effect(record) is Effect.RELEASE, findings(record)
    office.clock.pass_by(timedelta(days=40))
    assert not (await office.release(record)).done
    assert "SW-DEC-070" in findings(await office.settled(record.id))
    assert (await office.release(enough)).done
    assert portal.taken("ENOUGH") == {(1, 2027): Decimal(45)}
    assert portal.left()[2026] == 100


async def test_goods_that_go_in_two_years_take_of_both(office: Office, portal: Portal) -> None:
    record = await lodged(office, "BOTH", "60", "30")
    assert (await office.release(record, ReleasedItem(goods_item=1))).done
    office.clock.pass_by(timedelta(days=40))
    assert (await office.release(record)).done
    assert portal.taken("BOTH") == {(1, 2026): Decimal(60), (2, 2027): Decimal(30)}


async def test_an_answer_that_is_lost_is_read_back_and_told_once(office: Office, portal: Portal) -> None:
    record = await lodged(office, "LOST", "67.5")
    portal.frame.plan(Planned(fault=Fault.DROP_AFTER, aim=Aim(containing="write_off"), count=1))
    assert (await office.release(record)).done
    assert portal.effects("LOST") == {"release": 1}


async def test_a_silent_portal_is_never_an_empty_account(office: Office, portal: Portal) -> None:
    """20."""
    portal.frame.plan(Planned(fault=Fault.DOWN, aim=Aim(), count=None))
    record = await lodged(office, "SILENT", "67.5")
    assert effect(record) is Effect.HOLD
    assert {"SW-DEC-030"} <= findings(record)
    assert not {"SW-DEC-070", "SW-DEC-026"} & findings(record)


async def test_a_portal_that_is_silent_for_a_day_is_asked_again_then(office: Office, portal: Portal) -> None:
    portal.frame.plan(Planned(fault=Fault.DOWN, aim=Aim(), count=None))
    record = await lodged(office, "A DAY", "67.5")
    assert "SW-DEC-030" in findings(record)
    assert await office.looks() == 1
    assert "SW-DEC-030" in findings(await office.settled(record.id))
    portal.frame.faults.clear()
    assert await office.looks() == 1
    record = await office.settled(record.id)
    assert effect(record) is Effect.RELEASE, findings(record)
    assert (await office.release(record)).done
    assert portal.taken("A DAY") == {(1, 2026): Decimal("67.5")}


async def test_a_release_while_the_portal_is_silent_for_a_day_is_carried_out_once_it_answers(
    office: Office, portal: Portal
) -> None:
    record = await lodged(office, "SILENT THEN", "67.5")
    portal.frame.plan(Planned(fault=Fault.DOWN, aim=Aim(), count=None))
    await office.lifecycle.steps.release(record.id, ReleaseOrder(), by=CUSTOMS)
    assert (await office.settled(record.id)).state is not State.RELEASED
    assert portal.taken("SILENT THEN") == {}
    await office.looks()
    portal.frame.faults.clear()
    await office.looks()
    assert (await office.settled(record.id)).state is State.RELEASED
    assert portal.taken("SILENT THEN") == {(1, 2026): Decimal("67.5")}
    assert portal.effects("SILENT THEN") == {"release": 1}


async def test_a_supplementary_declaration_tells_what_the_one_before_it_did_not(office: Office, portal: Portal) -> None:
    record = await lodged(office, "LATER", "67.5", "20", previous="UNKNOWN-HERE")
    assert portal.taken("LATER") == {(1, 2026): Decimal("67.5"), (2, 2026): Decimal(20)}
    assert (effect(record), "SW-DEC-116" in findings(record)) == (Effect.RELEASE, False)
    # More than is left is told to officers, and nothing holds: the goods are out.
    record = await amended(office, record, "67.5", "60", previous="UNKNOWN-HERE")
    assert (effect(record), portal.taken("LATER")[2, 2026]) == (Effect.RELEASE, Decimal(20))
    assert findings(record) == {"SW-DEC-118"}, "an officer enters it by hand"
    record = await amended(office, record, "60", previous="UNKNOWN-HERE")
    assert portal.taken("LATER") == {(1, 2026): Decimal(60)}
    await office.invalidate(record)
    assert portal.taken("LATER") == {}
    simplified = await lodged(office, "SIMPLE", "30")
    assert (await office.release(simplified)).done
    await lodged(office, "AGAIN", "30", previous="SIMPLE")
    assert (portal.taken("SIMPLE"), portal.taken("AGAIN")) == ({(1, 2026): Decimal(30)}, {})
    # One whose goods are not released yet tells it when they are.
    simplified = await lodged(office, "LATE", "20")
    await lodged(office, "EARLY", "20", previous="LATE")
    assert (await office.release(simplified)).done
    assert (portal.taken("LATE"), portal.taken("EARLY")) == ({(1, 2026): Decimal(20)}, {})
