"""The refusals of calls about webhooks; a docstring is the title."""

from gateway.domain.errors import CallInvalid, Conflict
from gateway.wings.webhooks.address_rule import AddressRule


class WebhookOver(Conflict):
    """The webhook has ended."""

    code = "SW-API-631"


class WebhookThere(Conflict):
    """The caller has an equal webhook already."""

    code = "SW-API-665"

    def __init__(self, webhook_id: str) -> None:
        super().__init__(
            f"You have this webhook already: {webhook_id}. It goes on; POST .../{webhook_id}/secret gives it a new secret."
        )


class WebhookAddressRefused(CallInvalid):
    """A webhook cannot lead to this address."""

    code = "SW-API-632"

    def __init__(self, detail: str, *, rule: AddressRule) -> None:
        super().__init__(detail)
        self.rule = rule
