"""A further authority is connected by its file and its row alone: asked over HTTP, and what it says is judged."""

import importlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from gateway.decisions import decide
from gateway.dispatch.declarative import NAME
from gateway.dispatch.registry import load_adapters
from gateway.domain.declaration import AdditionalReference
from gateway.domain.tables.rows import HolderParty, QuantityMode, Use
from gateway.domain.verification import DocumentStatus
from gateway.routing import plan
from gateway.settings.adapters import AdapterConfig
from tests.builders.small_cases import CHED, DAY, altered, case, declared, milk
from tests.dispatch.declarative.quota import ANSWER, FILE
from tests.dispatch.server import Seen, dispatching, http, wire

TABLES = altered(
    routes=lambda rows: tuple(
        replace(
            row, adapter="quota", quantity=QuantityMode.NONE, reserves=(), verifies=(), decided=False, commodity=Use.NO,
            holder=Use.REQUIRED, party=HolderParty.IMPORTER, destination=Use.NO, dispatch=Use.NO,
        )
        if "N853" in row.types
        else row
        for row in rows
    )
)  # fmt: skip
VALID, UNKNOWN = DocumentStatus.VALID, DocumentStatus.UNDETERMINED
STORIES: dict[str, tuple[str | None, str | None, dict[str, Any], DocumentStatus, set[str]]] = {
    # Importer, figure, what is otherwise in the answer, the status, and the findings about the document.
    "one of several holders": ("FR2", "67.5", {}, VALID, {"SW-DEC-279"}),
    "the declarant holds it": (None, "67.5", {"asked_for": "FR1", "holders": ["FR1"], "conditions": []}, VALID, set()),
    "none of the holders is declared": ("FR2", "67.5", {"holders": ["FR8", "FR9"]}, VALID, {"SW-DEC-060", "SW-DEC-279"}),
    "nobody is named": ("FR2", "67.5", {"holders": [], "conditions": []}, UNKNOWN, {"SW-DEC-061"}),
    "an answer about another party": ("FR2", "67.5", {"asked_for": "FR3"}, UNKNOWN, {"SW-DEC-033"}),
    "an answer without holders": ("FR2", "67.5", {"holders": None}, UNKNOWN, {"SW-DEC-033"}),
    "goods without the figure": ("FR2", None, {}, UNKNOWN, {"SW-DEC-032"}),
    "a figure with a comma": ("FR2", "67,5", {}, UNKNOWN, {"SW-DEC-032"}),
}  # fmt: skip


async def test_it_is_asked_and_judged_by_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "quota_of_ours"
    folder.mkdir()
    (folder / "__init__.py").touch()
    text = FILE.replace("C690", "N853").replace('name = "quota_office"', 'name = "quota"')
    (folder / NAME).write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    importlib.invalidate_caches()
    said: dict[str, Any] = {}

    async def answer(_: Seen, writer: Any) -> None:
        writer.write(http(json.dumps(said).encode()))

    async with wire(answer) as server:
        config = AdapterConfig(name="quota", package="quota_of_ours", base_url=server.url, secrets={})
        (loaded,) = load_adapters([config], allow_draft=True, environment={}).values()
        async with dispatching(loaded) as dispatcher:
            for story, (importer, figure, more, status, findings) in STORIES.items():
                references = () if figure is None else (AdditionalReference(type="Y121", reference=figure),)
                goods = structs.replace(milk(), references=references, origin="GB")
                declaration = structs.replace(declared(goods), importer=importer)
                (requirement,) = plan(declaration, TABLES, on=DAY).requirements
                said.clear()
                said.update({**ANSWER, "number": CHED, **more})
                server.seen.clear()
                verification = (await dispatcher.ask(requirement)).verification
                decision = decide(case(declaration, verification, tables=TABLES))
                about = {one.code for one in decision.findings if one.document and one.document.type == "N853"}
                (outcome,) = [one for one in decision.documents if one.type == "N853"]
                assert (outcome.status, about) == (status, findings), story
                assert bool(server.seen) is ("SW-DEC-032" not in findings), story
