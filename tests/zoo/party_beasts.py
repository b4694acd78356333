"""Beasts that are asked about operators: the delivered adapter of EOS, recorded with its mistake."""

from typing import Any

from tests.builders.places import ROOT
from tests.zoo.beast import Beast, kit_beast

HINTS = "for one in found)"
NUMBER = '        if result.text("eori") != query.number:\n            raise UnexpectedAnswer("the answer is about another number")\n'
FAILED = '        raise Unavailable("the service says that it failed")\n'
FOUND = '_returned(response.body, "a:retrieveAEOResponse").many("result")'
ISSUER = '            issuer=result.text("competentCustomsAuthority"),\n'
HINT, OF_ROW = ("self._hint(one, query.day)", "result: XmlRecord, day: date")
AS_ASKED = (
    (HINT, "self._hint(one, query)"),
    (OF_ROW, "result: XmlRecord, query: PartyQuery"),
    ('"authorisation.type"), day', '"authorisation.type"), query.day'),
    (ISSUER, f"{ISSUER}            holder=query.number,\n"),
)
IF_ALONE = (
    (HINT, "self._hint(one, query.day, query.number if len(found) == 1 else None)"),
    (OF_ROW, "result: XmlRecord, day: date, holder: str | None"),
    (ISSUER, f"{ISSUER}            holder=holder,\n"),
)
AS_STATED = ((ISSUER, f'{ISSUER}            holder=result.text("authorisationHolder"),\n'),)
WITH_HOLDERS = {
    "exchanges/named.2.xml": tuple(
        (f"{name}</authorisationHolderName>", f"{name}</authorisationHolderName><authorisationHolder>{number}</authorisationHolder>")
        for name, number in ((">Comptoir Simulé", "FR00000000000102"), ("Laitiers SA", "FR00000000000202"))
    )
}  # fmt: skip
"""A register that states whose its authorisations are: one is of another operator."""


def _eos(name: str, mistake: str, by: str, *changes: tuple[str, str], **more: Any) -> Beast:
    return kit_beast(name, mistake, by, *changes, twin=ROOT / "adapters" / "eos", rerecorded=True, **more)


def stated_holders(name: str) -> Beast:
    """A register that states whose each authorisation is, and an adapter that reads it there."""
    return _eos(name, "none", "parties.", *AS_STATED, files=WITH_HOLDERS)


PARTY_BEASTS = (
    _eos("first_hint", "the first of those of the name", "lists.row_unread", (HINTS, "for one in found[:1])")),
    _eos("any_operator", "whatever number the answer is about", "documents.other_answer", (NUMBER, "")),
    _eos("fault_is_nobody", "a fault is nobody of the name", "statuses.not_reached", (FAILED, "        return None\n"), ("-> XmlRecord:\n", "-> XmlRecord | None:\n"), (FOUND, f'{FOUND} if b"Fault" not in response.body else ()')),
    _eos("holder_as_asked", "who has such a name is who was asked about", "parties.holder_not_stated", *AS_ASKED),
    _eos("holder_if_alone", "who alone has such a name is who was asked about", "parties.holder_not_stated", *IF_ALONE),
    _eos("holder_of_all", "whoever the register says holds it, it is who was asked about", "parties.holder_unread", *AS_ASKED, files=WITH_HOLDERS),
)  # fmt: skip
