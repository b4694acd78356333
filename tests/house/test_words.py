"""One word, one thing: modules are nouns, no class name means two things, and private words do not come back (docs/glossary.md)."""

import ast
import re
from collections import Counter, defaultdict
from collections.abc import Iterator

from tests.builders.places import ROOT

MODULES = sorted((ROOT / "gateway").rglob("*.py"))
FIELDS_OWN = {"lodging", "routing", "listing", "mapping", "reading", "recording", "wing"}
"""Gerunds that the field uses as nouns, and a wing, which is none: a declaration's lodging, a list kept, a message's mapping, an exchange's recording, and a module of the contract."""
SHOWN = {
    "Acceptance", "CitedDocument", "Document", "DocumentKey", "Finding", "GoodsReleased", "Intervention", "ItemEffect", "Measure", "Money",
    "Override", "QuantityLine", "Rule", "RulesIdentity", "WeighedItem", "Word",
}  # fmt: skip
"""Published schemas of the API that are called as what they show."""
PARTNERS = {"Settings", "Record", "Change", "Certificate", "Unasked", "Direction", "Line", "Refusal"}
"""Names of the contract, which partners build against, beside a class of the gateway's own."""
GONE = {
    "desk": "AuthorityClient",
    "habits": "RetryPolicy",
    "doorkeeper": "Authenticator",
    "looking": "assessment",
    "looks?": "assess, poll",
    "telling": "event body, notice, view",
    "settling": "reconcile",
    "give_back|giving_back": "cancel the reservation",
    "let_through|let_go": "released unverified",
    "abandon(ed)?": "dormant",
    "shading": "shadow rules",
    "standings?": "own position, what is stored already",
}
RIDDLES = re.compile(r"\b(?:anew|whoever|of before|what waits)\b", re.IGNORECASE)
"""Say *again*, the person or part that is meant, *earlier*, and which things wait."""
PUBLISHED = ("gateway/api/routes/", "gateway/cli/commands/", "gateway/domain/errors.py", "/calls.py", "/commands.py")
"""Where docstrings are what others read: the description of the API, the help of commands, titles of problems."""
FROZEN = {"look_at", "looks", "give_back_refused", "abandoned_after", "abandoned_after_days", "abandoned"}
"""Names of settings, stored members and columns, which stay."""


def classes() -> dict[str, list[str]]:
    """Where each class name stands."""
    found: dict[str, list[str]] = defaultdict(list)
    for file in MODULES:
        for node in ast.parse(file.read_text()).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found[node.name].append(str(file.relative_to(ROOT)))
    return found


def defined(text: str) -> Iterator[str]:
    """What a module names: classes, functions, methods and parameters."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg


def private_words(text: str) -> list[str]:
    """The names with a word that is gone."""
    words = re.compile(rf"(?:^|_)(?:{'|'.join(GONE)})(?:_|$)")
    snake = {name: re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower() for name in defined(text)}
    return sorted(name for name, said in snake.items() if words.search(said) and name not in FROZEN)


def riddles(text: str) -> list[str]:
    """The first sentences of docstrings with a turn of phrase that hides who or what is meant."""
    found = []
    for node in ast.walk(ast.parse(text)):
        body = getattr(node, "body", ())
        for one in body if isinstance(body, list) else ():
            if isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant) and isinstance(one.value.value, str):
                first = re.split(r"(?<=[.;:])\s", one.value.value.strip(), maxsplit=1)[0]
                if RIDDLES.search(re.sub(r"`[^`]*`", "", first)):
                    found.append(first)
    return found


def test_modules_are_nouns_and_their_names_are_the_fields() -> None:
    assert [one for one in MODULES if one.stem.endswith("ing") and one.stem not in FIELDS_OWN] == []
    found = {str(one.relative_to(ROOT)): private_words(one.read_text()) for one in MODULES}
    assert {module: words for module, words in found.items() if words} == {}


def test_a_private_word_is_found() -> None:
    assert private_words("class Looking:\n    def give_back(self, habits): ...\ndef looked_up(): ...") == [
        "Looking",
        "give_back",
        "habits",
    ]


def test_docstrings_begin_without_riddles() -> None:
    judged = [one for one in MODULES if not any(part in one.as_posix() for part in PUBLISHED)]
    assert {str(one.relative_to(ROOT)): said for one in judged if (said := riddles(one.read_text()))} == {}


def test_a_riddle_is_found() -> None:
    planted = 'def read() -> None:\n    """Read keys anew; `anew` says so."""\n\n\nname = 1\n"""For `whoever` asks. Whoever else does."""\n'
    assert riddles(planted) == ["Read keys anew;"]


def test_no_class_name_stands_for_two_things() -> None:
    twice = {name: places for name, places in classes().items() if len(places) > 1}
    published = {
        name
        for name in twice
        if any("api/schemas/" in one or "api/routes/" in one or one.endswith("/bodies.py") for one in twice[name])
    }
    contract = {name for name in twice if any("gateway/contract/" in one for one in twice[name])}
    allowed = (published & SHOWN) | (contract & PARTNERS)
    assert {name: places for name, places in twice.items() if name not in allowed} == {}
    assert Counter(len(places) for places in twice.values()).keys() <= {2, 3}
