"""Refusals about suspensions."""

from gateway.domain.errors import Conflict


class NotNow(Conflict):
    """The word comes too late, a second time, too early or asks for too long: the suspension stays as it is."""

    code = "SW-API-653"
