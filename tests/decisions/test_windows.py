"""What holds for every declaration inside a contingency window."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from gateway.decisions import INSIDE, Case, decide
from gateway.domain.contingency import RELEASED_UNVERIFIED, Window, WindowMode
from gateway.domain.decision import Effect
from gateway.domain.declaration import Kind
from gateway.domain.release import ReleasedItem
from gateway.domain.verification import DocumentStatus, Requirement, Verification, VerifiedBy
from tests.builders.small_cases import knowing
from tests.decisions.strategies import cases, verifications

ACTIVE = (Kind.STANDARD, Kind.PRE_LODGED, Kind.RETROSPECTIVE)
few = settings(deadline=None)
windows_in_force = st.lists(
    st.builds(
        Window,
        number=st.just(7),
        adapter=st.sampled_from(("traces", "catch")),
        mode=st.sampled_from(WindowMode),
        opened_at=st.just(datetime(2026, 11, 25, 6, tzinfo=UTC)),
    ),
    max_size=2,
    unique_by=lambda window: window.adapter,
).map(tuple)


@few
@given(case=cases(), windows=windows_in_force)
def test_a_window_softens_nothing_but_what_its_authority_could_not_be_asked_about(
    case: Case, windows: tuple[Window, ...]
) -> None:
    without, within = decide(case), decide(knowing(case, windows=windows))
    releasing = {window.adapter for window in windows if window.mode is WindowMode.RELEASE}
    unasked = {
        verification.key
        for verification in case.facts.verifications
        if (verification.status, verification.cause) == (DocumentStatus.UNDETERMINED, "SW-ADP-01")
        and verification.verified_by is VerifiedBy.AUTHORITY
    }
    for before, after in zip(without.documents, within.documents, strict=True):
        if after.effect.gravity < before.effect.gravity:
            assert (after.type, after.reference) in unasked
            assert after.authority in releasing
            assert after.status is DocumentStatus.UNDETERMINED
    # All that is said without it is said within, but that those could not be asked about; and what it adds quotes it.
    gone = {finding for finding in without.findings if finding not in within.findings}
    assert {finding.code for finding in gone} <= {"SW-DEC-030"}
    added = [finding for finding in within.findings if finding not in without.findings]
    assert all(finding.code in INSIDE for finding in added)
    assert all(f"window {window.number}" in finding.message for finding in added for window in windows[:1])
    if within.effect is Effect.RELEASE and case.declaration.kind in ACTIVE:
        let_through = {f.document.key for f in within.findings if f.document and f.code == RELEASED_UNVERIFIED}
        assert all(
            document.status in (DocumentStatus.VALID, DocumentStatus.UNROUTED) or document.key in let_through
            for document in within.documents
        )


@few
@given(case=cases(), windows=windows_in_force, word=verifications)
def test_inside_a_window_another_word_never_softens(
    case: Case, windows: tuple[Window, ...], word: Verification
) -> None:
    inside = knowing(case, windows=windows)
    word = structs.replace(word, verified_by=VerifiedBy.AUTHORITY)
    by_officer = {v.key for v in case.facts.verifications if v.verified_by is VerifiedBy.OFFICER}
    if word.key not in {verification.key for verification in case.facts.verifications} - by_officer:
        return
    before, after = decide(inside), decide(knowing(inside, verifications=(*case.facts.verifications, word)))
    assert after.effect.gravity >= before.effect.gravity
    for old, new in zip(before.documents, after.documents, strict=True):
        assert new.effect.gravity >= old.effect.gravity


parts = st.lists(
    st.builds(
        ReleasedItem,
        goods_item=st.integers(1, 3),
        quantity=st.sampled_from((None, Decimal(1), Decimal("0.5"))),
        unit=st.sampled_from(("KGM", "TNE", "H87")),
    ).map(lambda one: one if one.quantity is not None else replace(one, unit=None)),
    max_size=2,
    unique_by=lambda one: one.goods_item,
).map(tuple)


@few
@given(case=cases(), windows=windows_in_force, parts=parts, down=st.booleans())
def test_that_a_part_went_under_a_window_lets_nothing_of_the_rest_go(
    case: Case, windows: tuple[Window, ...], parts: tuple[ReleasedItem, ...], down: bool
) -> None:
    if down:
        case = knowing(case, verifications=tuple(_silent(one) for one in case.plan.requirements))
    rest = knowing(case, windows=windows, released=True, partly=True, parts=parts)
    under = tuple((*document.key, 3) for document in case.plan.documents)
    otherwise, decided = decide(rest), decide(knowing(rest, released_under=under))
    assert decided.effect.gravity >= otherwise.effect.gravity
    for old, new in zip(otherwise.documents, decided.documents, strict=True):
        assert new.effect.gravity >= old.effect.gravity


def _silent(requirement: Requirement) -> Verification:
    kind, reference = requirement.document.key
    status, cause = DocumentStatus.UNDETERMINED, "SW-ADP-01"
    return Verification(type=kind, reference=reference, status=status, adapter=requirement.adapter, cause=cause)
