"""Refusals about control orders."""

from gateway.domain.errors import Conflict


class OrderStands(Conflict):
    """The control order is over, or stands otherwise than this act needs: it stays as it is."""

    code = "SW-API-660"
