"""The English catalogue has a text for each code of the closed lists, and for all that the views say; and they say all of it."""

import ast
import re
from collections.abc import Iterable

import pytest

from gateway.api.views.authority_states import AuthorityState
from gateway.api.views.explanation_texts import ACTS, ROW_NAMES
from gateway.api.views.trail_texts import NEVER_ON_DECLARATIONS
from gateway.contract import Direction
from gateway.decisions.lookup import DependsOn
from gateway.domain.approval import ApprovalKind, ApprovalState
from gateway.domain.assessment_cause import AssessmentCause
from gateway.domain.contingency import WindowMode
from gateway.domain.decision import Advice, Effect
from gateway.domain.events import EventKind
from gateway.domain.movement import MovementKind, MovementState, Shown
from gateway.domain.notice import NoticeKind
from gateway.domain.release import InterventionKind
from gateway.domain.tables.applications import ApplicationKind
from gateway.domain.tables.rows import QuantityMode
from gateway.domain.texts.sentences import names
from gateway.domain.verification import DocumentClass, DocumentStatus
from gateway.settings import default_folder
from gateway.settings.messages import load_catalogue
from gateway.store.erasure import Erased
from tests.builders.places import ROOT

CATALOGUE = load_catalogue(default_folder())
SECTIONS = {
    "explanation": CATALOGUE.explanations["en"],
    "requirements": CATALOGUE.requirements["en"],
    "trail": CATALOGUE.trail["en"],
}


@pytest.mark.parametrize(
    ("file", "section", "codes"),
    [
        ("explanation", "row", ROW_NAMES.values()),
        ("explanation", "effect", Effect),
        ("explanation", "standing", Effect),
        ("explanation", "would", Effect),
        ("explanation", "advice", Advice),
        ("explanation", "status", DocumentStatus),
        ("explanation", "document_class", (*DocumentClass, "unknown")),
        ("explanation", "movement", Shown),
        ("explanation", "order", (*MovementKind, *InterventionKind)),
        ("explanation", "act", ACTS),
        ("explanation", "state", MovementState),
        ("requirements", "direction", Direction),
        ("requirements", "depends", DependsOn),
        ("requirements", "state", AuthorityState),
        ("requirements", "window", WindowMode),
        ("requirements", "quantity", QuantityMode),
        ("trail", "event", EventKind),
        ("trail", "plain", set(EventKind) - NEVER_ON_DECLARATIONS),
        ("trail", "because", AssessmentCause),
        ("trail", "application", ApplicationKind),
        ("trail", "approval", ApprovalKind),
        ("trail", "outcome", ApprovalState),
        ("trail", "erased", Erased),
        ("trail", "notice", (*NoticeKind, "release_refused", "about")),
    ],
)
def test_each_code_has_its_text_and_no_other_has_one(file: str, section: str, codes: Iterable[str]) -> None:
    assert SECTIONS[file][section].keys() == {str(code) for code in codes}


def said() -> tuple[set[str], list[re.Pattern[str]]]:
    """Returns the texts of the product's code: those that stand there, and the forms of those that are put together."""
    texts: set[str] = set()
    forms: list[re.Pattern[str]] = []
    for path in (ROOT / "gateway").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                parts = [re.escape(str(one.value)) if isinstance(one, ast.Constant) else r"\w*" for one in node.values]
                if any(part not in {r"\w*", ""} for part in parts) and re.fullmatch(r"[\w\\*]+", "".join(parts)):
                    forms.append(re.compile("".join(parts)))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                texts.add(node.value)
    return texts, forms


def test_what_is_said_stands_in_the_catalogue_and_nothing_else_does() -> None:
    texts, forms = said()
    for file, sections in SECTIONS.items():
        for name in sections.get("sentence", {}):
            plain = name.removesuffix("_one")
            assert plain in texts or any(one.fullmatch(plain) for one in forms), f"nobody says {name} of {file}"
    words = {*SECTIONS["explanation"]["sentence"], *SECTIONS["requirements"]["sentence"]}
    for path in (ROOT / "gateway/api").rglob("*.py"):
        for name in re.findall(r"\bsay\(\s*\"(\w+)\"", path.read_text(encoding="utf-8")):
            assert name in words, f"{path}: {name} is in no catalogue"
        for section, name in re.findall(r"\btexts\.text\(\s*\"(\w+)\", \"(\w+)\"", path.read_text(encoding="utf-8")):
            assert name in SECTIONS["trail"][section], f"{path}: {section} {name} is in no catalogue"


def test_all_that_a_text_names_is_filled_where_it_is_said() -> None:
    found = 0
    for path in (ROOT / "gateway/api").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Attribute(attr="say"), args=[ast.Constant(value=str(name))], keywords=given):
                    places = [SECTIONS[file]["sentence"] for file in ("explanation", "requirements")]
                case ast.Call(
                    func=ast.Attribute(attr="text"),
                    args=[ast.Constant(value=str(section)), ast.Constant(value=str(name))],
                    keywords=given,
                ):
                    places = [SECTIONS["trail"][section]]
                case _:
                    continue
            if all(one.arg is not None for one in given):
                found += 1
                filled = {one.arg for one in given}
                named = [names(texts[name]) for texts in places if name in texts]
                assert any(one <= filled for one in named), f"{path}: {name} names {named}, and {filled} is filled"
    assert found > 50
