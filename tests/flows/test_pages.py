"""The pages that a running gateway shows."""

import re

from tests.builders.running import GatewayReader


def test_docs_need_no_internet(gateway: GatewayReader) -> None:
    page = gateway.read("/docs")
    assert page.status_code == 200
    assert "swagger" in page.text.lower()
    assert re.findall(r"""(?:src|href)\s*=\s*["']?(?:https?:)?//[^"'\s>]+""", page.text) == []
    for asset in re.findall(r"""(?:src|href)\s*=\s*["'](/[^"']+)""", page.text):
        assert gateway.read(asset).status_code == 200


def test_health_and_figures(gateway: GatewayReader) -> None:
    assert gateway.read("/healthz").status_code == 200
    assert gateway.read("/readyz").status_code == 200
    metrics = gateway.read("/metrics")
    assert metrics.status_code == 200
    assert "# TYPE gateway_" in metrics.text


def test_every_documented_page_is_described(gateway: GatewayReader) -> None:
    paths = gateway.read("/openapi.json").json()["paths"]
    described = {re.sub(r"\{\w+", "{", path) for path in paths}
    assert {"/v1/declarations", "/v1/declarations/{}", "/v1/preflight", "/v1/adapters"} <= described
