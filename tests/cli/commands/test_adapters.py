"""What nobody knows of an adapter is no zero, and what is quarantined says why without any server."""

import asyncio
import json
import re

from gateway.domain.adapter_switch import OverrunKind
from gateway.store import Store
from tests.builders.commands import gateway_command
from tests.builders.lodging import declaration, new


def test_what_nobody_said_is_not_known(database_url: str) -> None:
    environment = {"GATEWAY_DATABASE_URL": database_url, "COLUMNS": "200"}
    shown = gateway_command(environment, "adapters", "--wide", "--processes").stdout
    (row,) = (line for line in shown.splitlines() if "catch" in line)
    assert [cell.strip() for cell in row.split("│")[1:-1]] == ["catch", "no process ever had it", *["-"] * 9]
    narrow = gateway_command({**environment, "COLUMNS": "80"}, "adapters").stdout
    assert max(map(len, narrow.splitlines())) <= 80
    cells = [[cell.strip() for cell in line.split("│")[1:-1]] for line in narrow.splitlines() if "│" in line]
    assert ["dual_use", "no process ever had it", "-", "-", "-"] in cells
    alone = gateway_command({**environment, "COLUMNS": "80"}, "adapters", "catch").stdout
    assert re.search(r"│ last exchange +│ - +│", alone)
    assert "dual_use" not in alone
    items = json.loads(gateway_command(environment, "adapters", "--json").stdout)["items"]
    assert {one["over_all"] for one in items} == {None}


def test_what_is_quarantined_says_why(database_url: str) -> None:
    async def overrun() -> None:
        async with Store.opened(database_url) as store:
            made = new(declaration("QUARANTINED"))
            await store.declarations.receive(made, lease=False)
            await store.adapters.overran("catch", made.id, OverrunKind.MEMORY, declarations=1, declarants=1)

    asyncio.run(overrun())
    environment = {"GATEWAY_DATABASE_URL": database_url, "COLUMNS": "200"}
    shown = gateway_command(environment, "adapters").stdout
    assert "quarantined since" in shown
    assert "catch: quarantined: over 1 declaration its code wanted too much memory (1)" in shown
    told = {one["name"]: one for one in json.loads(gateway_command(environment, "adapters", "--json").stdout)["items"]}
    assert (told["catch"]["state"], told["catch"]["quarantine"]["kinds"]) == (
        "quarantined",
        [{"kind": "memory", "count": 1}],
    )
