"""Whether two actors are two people: what only looks different is one."""

import asyncio
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.access import ANYBODY, Authenticator, Caller, Proof, key_hash
from gateway.access import Call as Calls
from gateway.access.subjects import caller_of, subject_of
from gateway.domain.actor import GATEWAY, Actor, at_the_command_line
from gateway.domain.approval import Ordered
from gateway.domain.errors import OfficerNamed
from gateway.domain.persons import is_same_person, person_key
from gateway.domain.release import Override, ReleaseOrder
from gateway.settings import ApiKey, Issuer, Role, Security

ONE = "Ann Martin"
ALIKE = (
    "ann martin",
    " Ann  Martin ",
    "AnnMartin",
    "Ann\u00a0Martin",
    "Ann\u2003Martin",
    "Ann\u200bMartin",
    "Ann\u200d Martin\u2060",
    "\ufeffAnn Martin",
    "\u202eAnn Martin\u202c",
    "Ann\u00ad Martin",
    "\u0410nn Martin",
    "Ann M\u0430rtin",
    "\u0391nn Martin",
    "\uff21\uff4e\uff4e \uff2d\uff41\uff52\uff54\uff49\uff4e",
    "Ánn Mártin",
    "A\u0301nn Ma\u0301rtin",
    "Ann Mart\u0131n",
    "Ann Martln",
    "Ann Mart1n",
    "Ann-Martin",
    "Ann Martin.",
    "\U0001d400nn Martin",
)
OTHERS = ("Ben Dubois", "Ann Marten", "Anna Martin", "officer 18", "\u0411\u0435\u043d", "\u5f20\u4e09")


def named(person: str, **more: str) -> Actor:
    return Actor(id="anybody", person=person, role="anybody", proven=False, **more)


@pytest.mark.parametrize("name", ALIKE)
def test_names_that_only_look_different_are_one_person(name: str) -> None:
    assert is_same_person(named(ONE), named(name))


@pytest.mark.parametrize(
    "name",
    [
        "Martin, Ann",
        "MARTIN Ann",
        "martin\u00a0ann",
        "Martin;Ann",
        "Mártin,\u200bÁnn",
        "Martin\tAnn",
        "Mar\u00adtin Ann",
    ],
)
def test_a_family_name_that_comes_first_makes_nobody_another_person(name: str) -> None:
    assert is_same_person(named(ONE), named(name))
    assert is_same_person(named(name), named("Ann  Martin"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("officer 12 of unit 3", "officer 3 of unit 12"),
        ("f81d4fae 7dec", "f81d4faf 7dec"),
        ("Ann Martin", "Martin Ann Dubois"),
    ],
)
def test_numbers_stay_with_their_words(one: str, other: str) -> None:
    assert not is_same_person(named(one), named(other))


def test_what_is_kept_of_an_order_is_the_name_as_it_was() -> None:
    assert person_key("Martin, Ann") == "martinann"


@pytest.mark.parametrize("name", OTHERS)
def test_different_names_are_two_people(name: str) -> None:
    assert not is_same_person(named(ONE), named(name))


@pytest.mark.parametrize("name", ["\u200b", " ", "...", "\u2060\ufeff", "Be\u043d Dub\u043eis"])
def test_what_is_no_name_is_nobody_else(name: str) -> None:
    assert person_key(name) == ""
    assert is_same_person(named(ONE), named(name))


@given(st.text(max_size=20), st.text(alphabet=" \u00a0\u200b\u200c\u200d\u2060\ufeff\u00ad\t", max_size=3))
def test_spelling_makes_nobody_another_person(name: str, between: str) -> None:
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        other = between.join(unicodedata.normalize(form, name)) + between
        assert is_same_person(named(name), named(other))
    assert is_same_person(named(name), named(name.casefold()))


def test_two_keys_of_one_person_are_one_and_a_key_is_one_person() -> None:
    one = Actor(id="key 1", person=ONE, role="officer")
    assert is_same_person(one, Actor(id="key 2", person="ann martin", role="officer"))
    assert not is_same_person(one, Actor(id="key 3", person="Ben Dubois", role="officer"))
    console = Caller(name="console", roles=frozenset({Role.OFFICER}), asserts_officers=True)
    assert is_same_person(console.actor(), console.actor("Ben Dubois")), "the key itself is no second person"
    assert not is_same_person(console.actor(ONE), console.actor("Ben Dubois"))
    assert is_same_person(one, console.actor(ONE))


def test_only_a_system_that_asserts_its_officers_names_them() -> None:
    officer = Caller(name="officer 17", person=ONE, roles=frozenset({Role.OFFICER}))
    assert officer.actor() == Actor(id="officer 17", person=ONE, role="officer")
    with pytest.raises(OfficerNamed, match="asserts_officers"):
        officer.actor(ONE)
    assert ANYBODY.actor(ONE).body() == {"id": "anybody", "role": "anybody", "proven": False}
    assert Caller(name="k", roles=frozenset({Role.OFFICER})).actor().person == "k"


def key(name: str, role: Role = Role.OFFICER, **more: object) -> ApiKey:
    return ApiKey.model_validate({"name": name, "hash": key_hash(name), "role": role, **more})


def knows(door: Authenticator, who: Actor, call: Calls) -> bool:
    return asyncio.run(door.knows(who, call))


def test_who_ordered_something_is_known_as_long_as_the_key_is_the_same_persons_and_may() -> None:
    def known(*keys: ApiKey) -> tuple[bool, bool]:
        door = Authenticator(Security(keys=keys))
        return tuple(knows(door, who, Calls.OVERRIDE) for who in (ordered, asserted))  # type: ignore[return-value]

    mine, console = key("officer 17", person=ONE), key("console", asserts_officers=True)
    ordered = Caller(name="officer 17", person=ONE, roles=frozenset({Role.OFFICER})).actor()
    asserted = Caller(name="console", roles=frozenset({Role.OFFICER}), asserts_officers=True).actor("Cid")
    assert known(mine, console) == (True, True)
    assert known(console) == (False, True)
    assert known(key("officer 17", person="Ben"), key("console")) == (False, False)
    assert known(key("officer 17", Role.AUDITOR, person=ONE), console) == (False, True)
    door = Authenticator(Security(keys=(mine,)))
    assert not knows(door, named(ONE), Calls.OVERRIDE), "ordered when nobody was asked for a key"
    for here in (GATEWAY, at_the_command_line(ONE)):
        assert knows(door, here, Calls.APPROVE_TABLES)


def test_whoever_is_not_named_is_no_second_person() -> None:
    assert is_same_person(ANYBODY.actor(), ANYBODY.actor("Ben Dubois"))
    assert is_same_person(ANYBODY.actor("Ben Dubois"), ANYBODY.actor())
    assert is_same_person(at_the_command_line(None), named(ONE))
    assert not is_same_person(at_the_command_line("Ben Dubois"), named(ONE))


@pytest.mark.parametrize("name", ["gateway", "anybody", "command line"])
def test_no_key_is_called_like_whoever_acts_without_one(name: str) -> None:
    with pytest.raises(ValueError, match="another name"):
        key(name)


def test_asserting_officers_belongs_to_systems() -> None:
    with pytest.raises(ValueError, match="asserts_officers"):
        key("auditor", Role.AUDITOR, asserts_officers=True)


def signed_in(sub: str, name: str, *, person: str = "sub") -> Actor:
    """An officer whom an issuer proved, as who its claim says."""
    issuer = Issuer.model_validate({
        "name": "customs", "title": "Customs", "url": "https://login.example", "audience": "https://window.example",
        "algorithms": ["RS256"], "contact": "the desk", "roles": {"officer": "officer"}, "claims": {"person": person},
    })  # fmt: skip
    claims = {"sub": sub, "name": name, "roles": ["officer"], "client_id": "pages"}
    return caller_of(subject_of(claims, issuer), Proof.TOKEN).actor()


def test_who_signs_in_under_another_display_name_is_no_second_person() -> None:
    one, renamed = signed_in("P-4711", ONE), signed_in("P-4711", "Ben Dubois")
    assert (one, one.person) == (renamed, "P-4711")
    assert is_same_person(one, renamed)
    with_a_key = Caller(name="officer 17", person="P-4711", roles=frozenset({Role.OFFICER})).actor()
    assert is_same_person(with_a_key, renamed), "nor is the key of theirs"
    console = Caller(name="console", roles=frozenset({Role.OFFICER}), asserts_officers=True)
    assert is_same_person(console.actor("p-4711"), renamed), "nor whom a system names"
    order = Ordered(release=ReleaseOrder(override=Override(officer="P-4711", reason="perishable")))
    assert order.request(one, "1") == order.request(renamed, "1"), "the same order again is the same"


def test_two_people_of_one_name_are_two() -> None:
    one, other = signed_in("P-4711", ONE), signed_in("P-4712", ONE)
    assert not is_same_person(one, other)
    assert not is_same_person(
        Caller(name="officer 17", person="P-4711", roles=frozenset({Role.OFFICER})).actor(), other
    )


def test_where_a_name_that_is_shown_says_who_it_is_the_subject_stays_one_person() -> None:
    """As an installation may have it that was told so once: whoever renames themselves is not a second one, and namesakes are one."""
    one, renamed = signed_in("P-4711", ONE, person="name"), signed_in("P-4711", "Ben Dubois", person="name")
    assert one.person != renamed.person
    assert is_same_person(one, renamed)
    assert is_same_person(one, signed_in("P-4712", "Martin, Ann", person="name"))
