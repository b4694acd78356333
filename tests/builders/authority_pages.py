"""The pages of authorities, who looks at them, and calls that put things right behind them."""

from typing import Any

import httpx

from tests.builders.processes import PATIENCE_S
from tests.builders.running import Served
from tests.builders.visitor import Visitor

HERE = "/console/authorities"
CATCH, WINDOW, STATE = f"{HERE}/catch", f"{HERE}/catch/window", f"{HERE}/catch/state"


def api(gateway: Served, method: str, path: str, body: Any = None) -> dict[str, Any]:
    """Makes a call at a gateway that asks nobody who they are."""
    answer = httpx.request(method, f"{gateway.url}{path}", json=body, timeout=PATIENCE_S, trust_env=False)
    assert answer.is_success, answer.text
    found: dict[str, Any] = answer.json()
    return found


def hrefs(visitor: Visitor) -> set[str]:
    """Where the links of a page lead."""
    return {one.get("href") for one in visitor.page.iterfind(".//main//a")}
