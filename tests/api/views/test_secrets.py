"""What is secret stays so in a preflight too, and shows in no language: refusals of a declarant's own data are told there."""

import pytest

from gateway.api.localization import Wording
from gateway.api.views import declaration as resources
from gateway.domain.decision import Effect
from tests.builders.shown import AT, OFFICER, TRADER, read
from tests.builders.story import catalogue, play

LANGUAGES = ("en", "de", "fr")
SECRETS = {
    "write-off-made-elsewhere": "SW-DEC-143",
    "credibility-by-an-officer": "SW-DEC-185",
    "credibility-without-a-rate": "SW-DEC-184",
    "attempts-lost": "SW-DEC-901",
}
"""By golden case the finding that is for customs alone."""
REFUSALS = {
    "expired": ("SW-DEC-026", "N853"),
    "holder-differs": ("SW-DEC-060", "X060"),
    "destination-not-covered": ("SW-DEC-062", "X060"),
    "general-authorisation-elsewhere": ("SW-DEC-200", "X061"),
    "refused": ("SW-DEC-021", "N853"),
}


def wording(language: str) -> Wording:
    return Wording.chosen(catalogue(), [language], at_once=False)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("case", SECRETS)
def test_a_secret_shows_in_no_preflight_of_a_trader(case: str, language: str) -> None:
    made = play(case)
    raw = resources.preflight(made, AT, TRADER, wording(language)).decode()
    (hidden,) = [wording(language).finding(one) for one in made.findings if one.code == SECRETS[case]]
    for word in (hidden.code, hidden.message, hidden.remedy):
        assert word not in raw
    holding = [one for one in read(raw.encode())["decision"]["findings"] if one["effect"] in {"hold", "refuse"}]
    assert [(one["code"], one["turn"]) for one in holding] == [("SW-API-HELD", None)]
    assert hidden.code in resources.preflight(made, AT, OFFICER, wording(language)).decode()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("case", REFUSALS)
def test_a_preflight_tells_what_would_be_refused_with_document_turn_and_remedy(case: str, language: str) -> None:
    code, kind = REFUSALS[case]
    made = play(case)
    said = wording(language)
    body = read(resources.preflight(made, AT, TRADER, said))
    (found,) = [one for one in body["decision"]["findings"] if one["code"] == code]
    (decided,) = [said.finding(one) for one in made.findings if one.code == code]
    assert body["decision"]["effect"] == Effect.REFUSE
    assert (found["turn"], found["document"]["type"]) == ("declarant", kind)
    assert (found["message"], found["remedy"]) == (decided.message, decided.remedy)
    assert found["remedy"]
    advice = {one["advice"] for one in (body["decision"], *body["decision"]["findings"])}
    assert "control" not in advice, "customs has announced none"
