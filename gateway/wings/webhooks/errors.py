"""The refusals of calls about webhooks; a docstring is the title."""

from gateway.domain.errors import CallInvalid, Conflict
from gateway.wings.webhooks.address_rule import AddressRule


class WebhookOver(Conflict):
    """The webhook has ended."""

    code = "SW-API-631"


class WebhookAddressRefused(CallInvalid):
    """A webhook cannot lead to this address."""

    code = "SW-API-632"

    def __init__(self, detail: str, *, rule: AddressRule) -> None:
        super().__init__(detail)
        self.rule = rule
