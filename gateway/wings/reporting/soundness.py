"""What an examination of the installation finds of Surveillance."""

from datetime import UTC, datetime, timedelta

from gateway.store import Store
from gateway.wings.reporting.due import DueSurveillance
from gateway.wings.reporting.reconciliation import Reconciliation

_LATE = timedelta(hours=36)


async def examined(store: Store) -> tuple[str, ...] | None:
    """Return what is wrong, each in a sentence; None: nothing is reported here."""
    switch = await DueSurveillance(store.database).switch()
    noted = await Reconciliation(store.database).noted()
    if switch is None or noted is None:
        return None
    found: list[str] = []
    if switch.restored:
        found.append("the database was restored, and no file is written before `gateway surveillance resume NUMBER`")
    at, counted = noted
    if counted is not None:
        found += counted.faults()
    if at is None or datetime.now(UTC) - at > _LATE:
        found.append("releases were not compared with what was sent of them for a day and a half")
    return tuple(found)
