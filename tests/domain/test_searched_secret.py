"""A secret is searched for in texts if that finds it and little else."""

import pytest

from gateway.dispatch.evidence import Redaction
from gateway.domain.searched_secret import weakness


@pytest.mark.parametrize(
    ("secret", "what"),
    [
        ("gateway", "shorter than 8"),
        ("a1b2c3d", "shorter than 8"),
        ("customsgateway", "made of words"),
        ("Customs-Gateway", "made of words"),
        ("customs2gateway", None),
        ("k3vX9-bQ7aLm", None),
    ],
)
def test_a_secret_that_is_short_or_a_word_is_told(secret: str, what: str | None) -> None:
    said = weakness(secret)
    assert said is None if what is None else said is not None and said.startswith(what)
    assert said is None or secret not in said


def test_an_ordinary_word_stays_in_texts() -> None:
    assert Redaction(["gateway"]).text("the gateway asks") == "the gateway asks"
    assert Redaction(["k3vX9-bQ7aLm"]).text("key k3vX9-bQ7aLm") == "key [redacted]"
