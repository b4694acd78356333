"""The delivered English texts have one for each code that is told by them, and no other."""

import ast
from collections.abc import Iterable, Mapping
from enum import StrEnum

import pytest

from gateway.api.views.authority_states import AuthorityState
from gateway.api.views.explanation_texts import ROW_NAMES
from gateway.api.views.section_texts import declared
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
from gateway.domain.verification import DocumentClass, DocumentStatus
from gateway.store.erasure import Erased
from tests.builders.places import ROOT
from tests.builders.shown import NEVER_ON_DECLARATIONS

ACTS = (
    EventKind.RECEIVED, EventKind.AMENDMENT_RECEIVED, EventKind.ACCEPTANCE_RECEIVED, EventKind.INVALIDATION_RECEIVED,
    EventKind.VERIFIED_BY_OFFICER, EventKind.CONFIRMED, EventKind.RELEASE_RECEIVED, EventKind.INTERVENTION_RECEIVED,
    EventKind.ABANDONED, EventKind.DOUBTED, EventKind.LAPSED, EventKind.APPLICATION_RECEIVED, EventKind.APPLICATION_GRANTED,
    EventKind.APPLICATION_REFUSED, EventKind.APPLICATION_WITHDRAWN, EventKind.ASSESSMENT_REQUESTED,
    EventKind.EXAMINATION_ANNOUNCED, EventKind.EXAMINATION_TOOK_PLACE, EventKind.EXAMINATION_WITHDRAWN, EventKind.MRN_YIELDED,
)  # fmt: skip
"""What somebody does to a declaration, and the gateway itself when it falls due."""
CODES: Mapping[str, Mapping[str, Iterable[str]]] = {
    "explanation": {
        "row": ROW_NAMES.values(), "effect": Effect, "standing": Effect, "would": Effect, "advice": Advice,
        "status": DocumentStatus, "document_class": (*DocumentClass, "unknown"), "movement": Shown,
        "order": (*MovementKind, *InterventionKind), "act": ACTS, "state": MovementState,
    },
    "requirements": {
        "direction": Direction, "depends": DependsOn, "state": AuthorityState, "window": WindowMode, "quantity": QuantityMode,
    },
    "trail": {
        "event": EventKind, "plain": set(EventKind) - NEVER_ON_DECLARATIONS, "because": AssessmentCause,
        "application": ApplicationKind, "approval": ApprovalKind, "outcome": ApprovalState, "erased": Erased,
        "notice": (*NoticeKind, "release_refused", "about"),
    },
}  # fmt: skip


@pytest.mark.parametrize("kind", CODES)
def test_each_code_has_its_text_and_nothing_else_has(kind: str) -> None:
    for section, codes in CODES[kind].items():
        assert set(declared(kind)[section]) == {one.value if isinstance(one, StrEnum) else one for one in codes}, (
            section
        )


SAYS = {
    "explanation_text.py": ("explanation", "sentence"),
    "requirements.py": ("requirements", "sentence"),
    "difference.py": ("trail", None),
    "trail.py": ("trail", None),
}
"""Modules whose `say` names a text, each with its kind and section; None: the section is named before it."""


@pytest.mark.parametrize("module", SAYS)
def test_each_sentence_that_is_said_is_there_and_all_that_it_names_is_filled(module: str) -> None:
    kind, of = SAYS[module]
    found = 0
    for node in ast.walk(ast.parse((ROOT / "gateway/api/views" / module).read_text(encoding="utf-8"))):
        match node:
            case ast.Call(func=ast.Attribute(attr="say"), args=[*first, ast.Constant(value=str(name))], keywords=given):
                section = str(first[0].value) if first and isinstance(first[0], ast.Constant) else of
                if section is None or any(one.arg is None for one in given):
                    continue
                found += 1
                assert name in declared(kind)[section], name
                assert declared(kind)[section][name] <= {one.arg for one in given}, name
    assert found
