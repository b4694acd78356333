"""Who acts, as it is told, and words that an event cites."""

from hashlib import sha256

from gateway.domain.actor import GATEWAY, Actor, actors_body, at_the_command_line
from gateway.domain.seals import salted_digest


def test_events_carry_ids_and_roles_and_no_names() -> None:
    one = Actor(id="key 7", person="Ann Martin", role="officer")
    other = Actor(id="console", person="Ben Dubois", role="officer", asserted_by="console")
    assert actors_body(one, other) == {
        "by": {"id": "key 7", "role": "officer"},
        "second": {"id": "console", "role": "officer", "asserted_by": "console"},
    }
    assert actors_body(GATEWAY) == {"by": {"id": "gateway", "role": "gateway"}}
    assert at_the_command_line("Ann").body() == {"id": "command line", "role": "operator", "proven": False}


def test_a_digest_of_words_is_salted() -> None:
    assert salted_digest("00" * 16, "perishable") == "sha256:" + sha256(b"00" * 16 + b"\nperishable").hexdigest()
    assert salted_digest("00" * 16, "perishable") != salted_digest("01" * 16, "perishable")
