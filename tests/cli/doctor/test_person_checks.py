"""Whether one person could be two by their ways in, and what doctor says of it."""

import pytest

from gateway.access import key_hash
from gateway.cli.doctor.health_check import CheckState
from gateway.cli.doctor.person_checks import person_checks
from gateway.settings import ApiKey, Issuer, Role, Security, Settings


def issuer(person: str) -> Issuer:
    return Issuer.model_validate({
        "name": "customs", "title": "Customs", "url": "https://login.example", "audience": "https://window.example",
        "algorithms": ["RS256"], "contact": "the desk", "roles": {"officer": "officer"}, "claims": {"person": person},
    })  # fmt: skip


def key(name: str, person: str | None, role: Role = Role.OFFICER, **more: object) -> ApiKey:
    return ApiKey.model_validate({"name": name, "hash": key_hash(name), "role": role, "person": person, **more})


def states(*issuers: Issuer, keys: tuple[ApiKey, ...] = ()) -> dict[str, CheckState]:
    settings = Settings.model_construct(security=Security(issuers=issuers, keys=keys))
    return {one.name: one.state for one in person_checks(settings)}


@pytest.mark.parametrize(
    ("claim", "state"),
    [
        ("sub", CheckState.GOOD),
        ("/employee/number", CheckState.GOOD),
        ("name", CheckState.ATTENTION),
        ("/user/email", CheckState.ATTENTION),
    ],
)
def test_what_people_edit_is_to_be_looked_at(claim: str, state: CheckState) -> None:
    assert states(issuer(claim)) == {"security.issuers.customs.claims.person": state}


def test_keys_of_people_who_sign_in_say_who_they_are_as_the_issuer_does() -> None:
    mine, named = key("officer 17", "P-4711"), key("officer 18", "A. Martin")
    others = (key("erp", None, Role.CUSTOMS), key("console", None, asserts_officers=True))
    assert states(keys=(named,)) == {}, "nobody signs in"
    assert "security.keys" not in states(issuer("sub"), keys=others)
    assert states(issuer("sub"), keys=(mine, *others))["security.keys"] is CheckState.GOOD
    for one in (named, key("officer 19", None), key("operator", None, Role.OPERATOR)):
        assert states(issuer("sub"), keys=(mine, one))["security.keys"] is CheckState.ATTENTION
