"""Client certificates at a running gateway: they count from the proxy that passes them on, and from nobody else."""

import httpx
import pytest

from tests.api.lodging import is_problem
from tests.builders.certificates import certificate, passed_on
from tests.builders.door import FORWARDING, OWN, PROXY, Door

GOOD = passed_on(certificate()).decode()


def called(door: Door, by: str, **headers: str) -> httpx.Response:
    """Calls from an address of this machine."""
    with httpx.Client(transport=httpx.HTTPTransport(local_address=by), base_url=door.url, trust_env=False) as client:
        return client.get("/v1/me", headers={name.replace("_", "-"): value for name, value in headers.items()})


def test_it_proves_its_caller_by_way_of_the_proxy(door: Door) -> None:
    me = called(door, PROXY, client_cert=GOOD).json()
    assert (me["name"], me["roles"], me["eoris"], me["proven"]) == ("broker", ["trader"], [OWN], "certificate")


@pytest.mark.parametrize(
    ("by", "headers"),
    [
        ("127.0.0.1", {}),
        ("127.0.0.1", {"x_forwarded_for": PROXY}),
        (FORWARDING, {}),
        (FORWARDING, {"x_forwarded_for": PROXY}),
    ],
)
def test_from_a_host_that_is_no_proxy_it_does_not_count(door: Door, by: str, headers: dict[str, str]) -> None:
    refusal = is_problem(called(door, by, client_cert=GOOD, **headers), 401, "SW-API-401")
    assert "certificate_proxies" in refusal["detail"]


@pytest.mark.parametrize(
    "value",
    ["", "x", ":x:", GOOD + ", " + GOOD, passed_on(certificate("CN=other,O=Example,C=FR")).decode()],
    ids=["empty", "text", "short", "two", "nobody's"],
)
def test_what_proves_nobody_is_refused(door: Door, value: str) -> None:
    is_problem(called(door, PROXY, client_cert=value), 401, "SW-API-401")


def test_without_one_the_proxy_is_nobody(door: Door) -> None:
    is_problem(called(door, PROXY), 401, "SW-API-401")
    is_problem(called(door, PROXY, x_client_cert=GOOD, ssl_client_cert=GOOD), 401, "SW-API-401")
