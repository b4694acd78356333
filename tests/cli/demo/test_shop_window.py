"""The goods and origins that are shown to people are lawful: stories of the demonstration, examples of calls, queries in the docs."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from adapters.simulation import load_simulator
from gateway.api.operations import EXAMPLES
from gateway.cli.demo.story import FOLDER, Story, read_stories
from gateway.decisions.lookup import StatedGoods, requirements
from gateway.domain.declaration import Declaration, Direction, GoodsItem
from gateway.terminal.client import media_type_of
from tests.builders.places import ROOT
from tests.builders.story import shipped
from tests.intake.reading import load

CN = {
    "03036390": "cod, Gadus macrocephalus",
    "03036400": "haddock",
    "04012091": "milk",  # over 3 % fat, packings of 2 l at most
    "04012099": "milk",
    "95030035": "building sets",
    "04069021": "Cheddar",
    "18010000": "cocoa beans",
    "29031400": "carbon tetrachloride",
    "44072590": "meranti",
    "72081000": "flat-rolled, in coils, hot-rolled, with patterns in relief",
    "88062290": "unmanned aircraft",
    "91139000": "watch straps",
}
"""The codes that are shown, with what they name: Combined Nomenclature 2023; other years assumed alike."""
SHOWN = sorted(
    file
    for file in chain(FOLDER.iterdir(), EXAMPLES.iterdir())
    if file.suffix in {".xml", ".json"} and "GoodsShipment" in file.read_text(encoding="utf-8")
)
QUERY = re.compile(r"/v1/requirements\?(code=[0-9]+[A-Za-z0-9=&-]*)")
PAGES = [file for file in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))) if QUERY.search(file.read_text())]
SIMULATED = {"N853": "traces", "C673": "catch", "C690": "flegt"}
"""The documents that say where goods come from, and who holds them."""


@cache
def read(file: Path) -> Declaration:
    """A declaration that is shown."""
    return load().accept(file.read_bytes(), media_type_of(file)).declaration


def told_by(file: Path) -> Story | None:
    """The story that a declaration is a part of; None: an example of a call."""
    number = file.name.partition("-")[0]
    return next((story for story in read_stories() if file.parent == FOLDER and story.number == int(number)), None)


def asked_of(goods: StatedGoods) -> set[str]:
    """The documents that the delivered tables ask for today of goods of which all is stated, whatever meets a group."""
    found = requirements(shipped().at(datetime.now(UTC).date()), goods)
    return {kind for measure in found.measures for group in measure.groups for kind in group.types}


def stated(declaration: Declaration, item: GoodsItem) -> StatedGoods:
    """What a goods item states of itself."""
    return StatedGoods(
        commodity_code=item.commodity_code,
        direction=declaration.direction,
        procedure=item.requested_procedure,
        origin=item.origin,
        dispatch=item.country_of_dispatch or declaration.country_of_dispatch,
        destination=item.country_of_destination or declaration.country_of_destination,
        additional_codes=item.additional_codes,
        additional_procedures=item.additional_procedures,
        description=item.description,
    )


def recorded(story: Story | None, kind: str, reference: str) -> dict[str, Any]:
    """A document as its simulated authority holds it when the story cites it."""
    simulator = load_simulator(f"adapters.{SIMULATED[kind]}")
    found = dict(simulator.documents.get(reference) or simulator.generated(reference) or {})
    for step in story.steps if story is not None else ():
        if step.does.get("reference") == reference:
            found |= step.does.get("record", {})
    return found


def cited(declaration: Declaration) -> Iterator[tuple[GoodsItem, str, str]]:
    """Each goods item with each document that it cites: type and reference."""
    for item in declaration.items:
        for document in (*declaration.documents, *item.documents):
            yield item, document.type, document.reference


@pytest.mark.parametrize("file", SHOWN, ids=lambda file: file.name)
def test_goods_need_what_they_cite(file: Path) -> None:
    """Or the story says in words why a document is cited that no delivered table asks for."""
    story = told_by(file)
    reasons = story.unasked if story is not None else {}
    declaration = read(file)
    for item, kind, _ in cited(declaration):
        asked = kind in asked_of(stated(declaration, item))
        assert asked or kind in reasons, (
            f"{file.name}: no table in force asks for {kind} for {item.commodity_code} of {item.origin}"
        )
        assert not (asked and kind in reasons), f"{file.name}: {kind} is asked for: the story has no words to say"


@pytest.mark.parametrize("file", SHOWN, ids=lambda file: file.name)
def test_codes_name_the_goods(file: Path) -> None:
    for item in read(file).items:
        assert item.commodity_code[:8] in CN, f"{item.commodity_code} is in no nomenclature"
        words = set(re.findall(r"\w+", item.description.lower()))
        named = re.findall(r"\w+", CN[item.commodity_code[:8]].lower())
        assert words >= set(named), (item.commodity_code, item.description)
        assert item.net_mass is not None
        assert item.gross_mass is not None
        assert item.net_mass < item.gross_mass


@pytest.mark.parametrize("file", SHOWN, ids=lambda file: file.name)
def test_documents_are_of_the_country_of_the_goods(file: Path) -> None:
    """The origin of a health entry document's line and the flag State of a catch certificate are where the goods come from."""
    story = told_by(file)
    for item, kind, reference in cited(read(file)):
        if kind not in SIMULATED:
            continue
        document = recorded(story, kind, reference)
        assert document, f"nobody holds {kind} {reference}"
        states = {document["flag_state"]} if kind == "C673" else {line.get("origin") for line in document["lines"]}
        assert states <= {item.origin, None}, f"{kind} {reference} is of {states}, the goods of {item.origin}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_goods_that_a_page_asks_about_exist_and_need_something(page: Path) -> None:
    for query in QUERY.findall(page.read_text(encoding="utf-8")):
        asked = dict(part.split("=") for part in query.split("&"))
        assert asked["code"][:8] in CN, f"{page.name}: {asked['code']} is in no nomenclature"
        goods = StatedGoods(
            commodity_code=asked["code"],
            direction=Direction(asked["direction"]),
            procedure=asked.get("procedure"),
            origin=asked.get("origin"),
            destination=asked.get("destination"),
        )
        assert asked_of(goods), f"{page.name}: {query} needs nothing"
