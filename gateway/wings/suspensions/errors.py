"""Refusals about suspensions."""

from gateway.domain.errors import Conflict


class OtherContent(Conflict):
    """The reference is that of another suspension of the declaration, or of other content."""

    code = "SW-API-652"


class NotNow(Conflict):
    """The word comes too late, a second time, too early or asks for too long: the suspension stays as it is."""

    code = "SW-API-653"
