"""Whether the same person is told as the same by every way in: where two persons are needed, one must not be two."""

from collections.abc import Iterator

from gateway.cli.doctor.health_check import HealthCheck, attention, good
from gateway.domain.permission import Role
from gateway.settings import Settings

EDITED = frozenset({"name", "given_name", "family_name", "nickname", "preferred_username", "email", "upn"})
"""Claims that people, or those who rename them, edit at many issuers."""
_OF_TWO = frozenset({Role.OFFICER, Role.OPERATOR, Role.RISK})
"""The roles that order and approve."""


def person_checks(settings: Settings) -> Iterator[HealthCheck]:
    """Judge by what issuers and keys say who somebody is; nothing where nobody signs in."""
    issuers = settings.security.issuers
    for issuer in issuers:
        name, claim = f"security.issuers.{issuer.name}.claims.person", issuer.claims.person
        if claim.rpartition("/")[2] in EDITED:
            yield attention(
                name,
                f"{claim}: who edits it, and has a key too, is two persons",
                'name what nobody edits, "sub" or a number of the personnel',
            )
        else:
            yield good(name, claim)
    keys = [one for one in settings.security.keys if one.role in _OF_TWO and not one.asserts_officers]
    if issuers and keys:
        named = [one for one in keys if one.person is None or " " in one.person.strip()]
        if named:
            yield attention(
                "security.keys",
                f"{len(named)} of officers or operators have no `person`, or a name there: whoever signs in too is two persons",
                "give each the `person` that the issuer has of them; of a key of the database make a new one",
            )
        else:
            yield good("security.keys", "each of an officer or operator says whose it is, by no name")
