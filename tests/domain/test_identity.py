"""A rule says which spellings are one document: the default one, every adapter's, and what is none."""

from itertools import combinations

import pytest

from adapters.catch.adapter import identity as of_catch
from adapters.dual_use.adapter import identity as of_dual_use
from adapters.traces.certificate import identity as of_traces
from gateway.contract import IdentityRule, identity, identity_fault, written
from gateway.domain.document import DocumentKey
from gateway.domain.identity import AsCited, Identities, recorded

CHED = "CHEDP.XI.2026.9000001"
NUMBER = "DU.XI.2026/9000001"

# Each spelling beside CHED or NUMBER, and by whose rules it is the same: default, traces, others.
SPELLINGS = {
    "lower case": (str.lower, False, True, True),
    "mixed case": (str.title, False, True, True),
    "blanks around": (" {} ".format, True, True, True),
    "tab and line end": ("\t{}\n".format, True, True, True),
    "no-break blanks around": ("\u00a0{}\u00a0".format, True, True, False),
    "ideographic blank before": ("\u3000{}".format, True, True, False),
    "thin blank behind": ("{}\u2009".format, True, True, False),
    "blank inside": (lambda text: text[:3] + " " + text[3:], False, False, True),
    "no-break blank inside": (lambda text: text[:3] + "\u00a0" + text[3:], False, False, False),
    "full-width digits": (lambda text: text.replace("9", "\uff19"), False, False, False),
    "full-width letters": (lambda text: text.replace("X", "\uff38"), False, False, False),
    "Arabic digits": (lambda text: text.replace("9", "\u0669"), False, False, False),
    "zero width inside": (lambda text: text[:3] + "\u200b" + text[3:], False, False, False),
    "zero width behind": ("{}\u200b".format, False, False, False),
    "byte order mark before": ("\ufeff{}".format, False, False, False),
    "dotless i": (lambda text: text.replace("I", "\u0131"), False, False, False),
    "dotted capital i": (lambda text: text.replace("I", "\u0130"), False, False, False),
    "Cyrillic letter": (lambda text: text.replace("X", "\u0425"), False, False, False),
    "hyphens for dots": (lambda text: text.replace(".", "-"), False, False, False),
    "non-breaking hyphens": (lambda text: text.replace(".", "\u2011"), False, False, False),
    "soft hyphen": (lambda text: text[:3] + "\u00ad" + text[3:], False, False, False),
    "right to left mark": ("\u200f{}".format, False, False, False),
}


@pytest.mark.parametrize("name", SPELLINGS)
def test_each_authority_says_which_spellings_are_one(name: str) -> None:
    spell, by_default, by_traces, by_others = SPELLINGS[name]
    for rule, reference, same in (
        (written, CHED, by_default),
        (of_traces, CHED, by_traces),
        (of_catch, NUMBER, by_others),
        (of_dual_use, NUMBER, by_others),
    ):
        assert (rule("C999", spell(reference)) == rule("C999", reference)) is same, rule.__module__


@pytest.mark.parametrize("rule", [written, of_traces, of_catch, of_dual_use])
def test_different_numbers_stay_different(rule: IdentityRule) -> None:
    numbers = [CHED, CHED[:-1] + "2", "CHEDPP.XI.2026.9000001", NUMBER, NUMBER + "0", "A", "AB", "A.B", "A-B", "\u212a", "K", "\u00df", "SS"]  # fmt: skip
    for one, other in combinations(numbers, 2):
        if {one, other} == {"\u212a", "K"} and rule is written:
            continue  # the same letter by Unicode itself, and what an authority is asked about is the one text
        assert rule("C999", one) != rule("C999", other)


def test_the_default_rule_takes_one_letter_for_one_letter() -> None:
    assert written("C999", "e\u0301") == written("C999", "\u00e9") == "\u00e9"


@pytest.mark.parametrize("rule", [written, of_traces, of_catch, of_dual_use])
def test_the_delivered_rules_are_rules(rule: IdentityRule) -> None:
    assert identity_fault(rule, ("C999", "N853")) is None


def raising(document_type: str, reference: str) -> str:
    raise LookupError(reference)


def growing(document_type: str, reference: str) -> str:
    return reference + "!"


def counting() -> IdentityRule:
    asked: list[str] = []

    def rule(document_type: str, reference: str) -> str:
        asked.append(reference)
        return f"{len(asked)}"

    return rule


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (raising, "gives no text for C999"),
        (growing, "changes its own answer for C999"),
        (counting(), "gives another text for C999"),
        (lambda kind, reference: None, "gives no text for C999"),
        (lambda kind, reference: "", "gives no text for C999"),
        (lambda kind, reference: b"A", "gives no text for C999"),
        (lambda kind, reference: "A" * 141, "gives no text for C999"),
        (None, "gives no text for C999"),
    ],
)
def test_what_is_no_rule_is_said(rule: IdentityRule, said: str) -> None:
    found = identity_fault(rule, ("C999",))
    assert found is not None
    assert found.startswith(said)


def test_a_rule_that_fails_says_nothing_and_takes_nothing_for_the_same() -> None:
    identities = Identities({"toy": raising})
    assert identities("toy", "C999", "A") is None
    assert identity(raising, "C999", "A") is None
    assert identities.same("toy", "C999", "A", "A")
    assert not identities.same("toy", "C999", "A", "a")
    assert identities.same("another", "C999", "A", " A")
    assert identities.same(None, "C999", "A", " A")


def test_documents_are_found_under_the_spelling_that_is_cited() -> None:
    cited = AsCited(Identities({"traces": of_traces}), {DocumentKey("N853", CHED): DocumentKey("N853", CHED.lower())})
    for spelling in (CHED, CHED.lower(), f" {CHED}"):
        assert cited.key("traces", "N853", spelling) == ("N853", CHED.lower())
    # What is not cited goes under the spelling that came first; another type is another document.
    assert cited.key("traces", "C640", f" {CHED}") == ("C640", f" {CHED}")
    assert cited.key("traces", "C640", CHED) == ("C640", f" {CHED}")


def test_what_was_one_document_then_is_one_again() -> None:
    again = recorded([("N853", "a", "A")])
    assert [again("traces", "N853", one) for one in ("a", "A", "b")] == ["A", "A", "b"]
    assert again("traces", "C640", "a") == "a"
