"""What an examination of the installation finds of the national copy of operators."""

from gateway.store import Store
from gateway.wings.controls.parties.register import PartyRegister


async def examined(store: Store) -> tuple[str, ...] | None:
    """Return what is wrong, each in a sentence; None: no copy was ever loaded."""
    until, is_over = await PartyRegister(store.database).copy()
    if until is None:
        return None
    fault = f"the copy of operators counted until {until:%Y-%m-%d}: load a new one by `gateway load-parties`, until then nobody is trusted more than others"
    return (fault,) if is_over else ()
