"""Two processes that receive and decide the same declarations from both ends: LRNs, MRNs and evidence cross."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from gateway.store import Store
from tests.builders.lodging import NOW, decided, declaration, evidence, new

AT_ONCE = 200


async def cross(store: Store, numbers: Sequence[int]) -> None:
    """Receives declarations in this order, half of them with an MRN, and decides them, with evidence that all of them have."""

    async def one(number: int) -> None:
        mrn = f"26FR{number:014}" if number % 2 else None
        what = declaration(f"LRN{number:06}", mrn=mrn)
        lodging = replace(new(what, accepted_at=NOW if mrn else None), raw=evidence(b"%d" % (number % 7)))
        work = (await store.declarations.receive(lodging, lease=True)).work
        if work is not None:
            answers = tuple(evidence(b"answer %d" % ((number + further) % 9)) for further in range(3))
            await store.leases.decide(work, replace(decided(work), evidence=answers))

    for begin in range(0, len(numbers), AT_ONCE):
        await asyncio.gather(*map(one, numbers[begin : begin + AT_ONCE]))
