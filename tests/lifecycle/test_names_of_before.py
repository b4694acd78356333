"""Declarations whose LRN was taken before it had to be Latin: they are amended by a message that repeats it, and no new one has such."""

from functools import partial

import psycopg
import pytest

from gateway.domain.errors import BusinessRuleViolated, GatewayError
from gateway.domain.record import Record
from tests.builders.actors import AS_CUSTOMS, CUSTOMS
from tests.builders.authority import Authority
from tests.builders.goods import JSON, goods, message, milk
from tests.builders.offices import authority, loaded, office, rules
from tests.builders.replicas import Office, mrn_of

__all__ = ["authority", "loaded", "office", "rules"]  # fixtures

CHED = "CHEDP.FR.2026.9700001"
LATIN, BEFORE, OTHER = "ABE-1", "\u0410\u0412\u0415-1", "\u0410BE-1"


async def of_before(office: Office, authority: Authority) -> Record:
    """An open declaration, as a version before took it."""
    authority.issue(CHED, ("0401", "5000", "KGM"))
    record = await office.settled((await office.lodge(LATIN, goods(milk(CHED, "10")))).id)
    with psycopg.connect(office.url) as connection:
        connection.execute("UPDATE declaration SET lrn = %s WHERE id = %s", (BEFORE, record.id))
        connection.execute(
            "UPDATE declaration_version SET model = replace(model, %s, %s) WHERE declaration_id = %s",
            (f'"{LATIN}"', f'"{BEFORE}"', record.id),
        )
    return await office.settled(record.id)


def sent(lrn: str, kilograms: str, version: int) -> bytes:
    return message(lrn, goods(milk(CHED, kilograms)), mrn=mrn_of(LATIN), version=version)


async def test_an_open_one_is_amended_by_what_repeats_its_lrn(office: Office, authority: Authority) -> None:
    record = await of_before(office, authority)
    lodging = office.lifecycle.lodging
    stepped = await lodging.amend(record.id, sent(BEFORE, "20", 2), JSON, by=CUSTOMS, asker=AS_CUSTOMS)
    assert stepped.record.version == 2
    lodged = await lodging.lodge(sent(BEFORE, "30", 3), JSON, by=CUSTOMS, asker=AS_CUSTOMS)
    assert (lodged.id, lodged.version, lodged.fresh) == (record.id, 3, True)
    again = await lodging.lodge(sent(BEFORE, "30", 3), JSON, by=CUSTOMS, asker=AS_CUSTOMS)
    assert (again.id, again.fresh) == (record.id, False)
    beforehand = await lodging.preflight(sent(BEFORE, "40", 4), JSON, asker=AS_CUSTOMS, amends=lodged.record)
    assert beforehand.declaration.lrn == BEFORE


async def test_no_other_lrn_is_taken(office: Office, authority: Authority) -> None:
    record = await of_before(office, authority)
    lodging = office.lifecycle.lodging

    async def refused(*, amends: bool, lrn: str, version: int) -> None:
        raw = sent(lrn, "20", version)
        send = partial(lodging.amend, record.id) if amends else lodging.lodge
        with pytest.raises(BusinessRuleViolated) as caught:
            await send(raw, JSON, by=CUSTOMS, asker=AS_CUSTOMS)
        assert [one.rule for one in caught.value.violations] == ["lrn_not_latin"]

    await refused(amends=False, lrn=OTHER, version=1)
    await refused(amends=False, lrn=OTHER, version=2)
    await refused(amends=True, lrn=OTHER, version=2)
    with pytest.raises(BusinessRuleViolated):
        await lodging.preflight(sent(BEFORE, "20", 1), JSON, asker=AS_CUSTOMS)
    # Version 1 of it again, with other content, is none of its next versions.
    with pytest.raises(GatewayError, match="other content"):
        await lodging.lodge(sent(BEFORE, "20", 1), JSON, by=CUSTOMS, asker=AS_CUSTOMS)
