"""The running gateways of the API's tests and of the pages', for the calls and pages of wings."""

from tests.api.conftest import api_database, api_receiver, door, door_environment, simulated_for_api
from tests.web.conftest import (
    cases,
    chromium,
    demo_trader,
    demonstration,
    gateway,
    issuer,
    officer,
    provider_url,
    receiver_of_cases,
    signed_in,
    signing,
    visitor,
    web_database,
)

__all__ = [
    "api_database", "api_receiver", "cases", "chromium", "demo_trader", "demonstration", "door", "door_environment", "gateway", "issuer", "officer",
    "provider_url", "receiver_of_cases", "signed_in", "signing", "simulated_for_api", "visitor", "web_database",
]  # fixtures  # fmt: skip
