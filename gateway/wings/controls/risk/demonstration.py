"""The demonstration's pack: random checks of one importer's goods, which two analysts published before anything is lodged."""

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from gateway.configured_rules import read_rules
from gateway.domain.actor import Actor
from gateway.settings import load
from gateway.store import Store
from gateway.wings.controls.risk.publication import Publication
from gateway.wings.controls.risk.room import opened_room

KEY_FILE = "GATEWAY_CONTROLS__KEY_FILE"
_PACK = Path(__file__).with_name("demonstration.toml")
_ANALYSTS = ("first analyst", "second analyst")


async def prepared(url: str, folder: Path) -> Mapping[str, str]:
    """Publish the pack in a database, sealed by a key file in a folder; return the variables with which a gateway reads it."""
    variables, text = {KEY_FILE: str(_sealing(folder))}, _PACK.read_text(encoding="utf-8")
    settings = load(variables)
    tables, now = read_rules(settings).tables, datetime.now(UTC)
    async with Store.opened(url) as store:
        room = opened_room(settings, store.database)
        publication = Publication(room, tables=lambda: tables.at(now.date()), clock=lambda: datetime.now(UTC))
        for one in _ANALYSTS:
            await publication.publish(text, by=Actor(id=f"demonstration {one}", person=one, role="risk"))
    return variables


def _sealing(folder: Path) -> Path:
    folder.mkdir(mode=0o700)
    file = folder / "risk.keys"
    file.touch(mode=0o600)
    file.write_text(secrets.token_hex(32) + "\n", encoding="ascii")
    return file
