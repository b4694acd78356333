"""The acceptance cases of the specification of risk and controls, each with the tests that stand for it."""

from collections.abc import Mapping
from pathlib import Path

import pytest

STEPS, CASES, SEALED, CRITERIA = "test_steps", "test_pack_cases", "test_sealed_packs", "test_criteria"
WEIGHTS = "test_weights"
STANDING: Mapping[int, tuple[tuple[str, str], ...]] = {
    1: (
        (SEALED, "test_what_is_chosen_is_controlled_once_and_nothing_of_the_pack_is_told"),
        ("test_twins", "test_parties_and_authorities_get_equal_bytes"),
        ("test_twins", "test_an_authority_is_asked_the_same"),
    ),
    2: ((STEPS, "test_one_item_is_controlled_and_the_other_released"),),
    3: (
        (STEPS, "test_an_irregularity_shuts_its_item_until_it_is_settled"),
        (STEPS, "test_what_is_told_is_found_by_310_and_bars_amendments"),
    ),
    4: ((STEPS, "test_a_high_level_is_waived_by_two"),),
    5: ((STEPS, "test_a_transferred_one_goes_on_after_release"),),
    6: (("test_races", "test_of_a_thousand_races_none_ends_with_both"),),
    7: ((STEPS, "test_one_item_is_controlled_and_the_other_released"),),
    8: ((CASES, "test_what_is_supplementary_is_controlled_after_release"),),
    9: ((CASES, "test_what_is_refused_is_controlled_too"),),
    10: (
        (STEPS, "test_an_appointment_tells_and_ends_with_its_result"),
        ("test_calls", "test_before_acceptance_it_is_planned_and_a_party_is_told_where_and_when"),
    ),
    11: ((CASES, "test_two_packs_are_one_order_of_the_higher_level"),),
    12: ((CASES, "test_amended_out_of_scope_it_stays"),),
    13: ((CASES, "test_chosen_and_invalidated_it_is_chosen_again"),),
    14: ((CASES, "test_of_fifty_numbers_for_one_transport_document_any_is_chosen_if_one_is"),),
    15: ((CRITERIA, "test_the_draw_is_the_same_again_and_no_one_s_without_the_key"),),
    16: ((CRITERIA, "test_the_draw_is_the_same_again_and_no_one_s_without_the_key"),),
    17: (
        (CRITERIA, "test_a_price_is_exact_at_its_bounds"),
        ("test_labelled", "test_a_planted_pattern_is_found_exactly"),
    ),
    18: ((CRITERIA, "test_what_is_not_declared_is_counted_or_drawn_as_the_first_band"),),
    19: (("test_pack_file", "test_a_fault_is_named"),),
    20: ((CASES, "test_a_crisis_suspends_a_pack_until_it_ends"),),
    21: (("test_pack_file", "test_a_fault_is_named"),),
    22: ((SEALED, "test_without_a_published_pack_nothing_is_asked"),),
    23: ((CRITERIA, "test_whoever_stands_in_each_role_has_to_be_trusted"),),
    24: ((WEIGHTS, "test_elevated_the_share_is_as_it_was_and_the_trusted_come_first"),),
    25: (
        ("test_asked_parties", "test_while_the_register_is_down_nobody_is_trusted_more_or_less"),
        (WEIGHTS, "test_a_copy_that_is_not_renewed_takes_nothing_back"),
    ),
    26: ((WEIGHTS, "test_suspended_for_security_alone_the_weight_of_customs_stays"),),
    27: (
        ("test_asked_parties", "test_a_name_is_a_hint_and_grants_nothing"),
        ("test_asked_parties", "test_only_the_very_number_grants_and_one_no_of_several_is_a_no"),
    ),
    28: ((SEALED, "test_what_is_not_determined_is_held"), ("test_shadow", "test_what_fails_in_shadow_holds_nothing")),
    29: (
        ("test_open_declarations", "test_what_is_open_is_assessed_at_publication_and_what_is_released_is_not"),
        (CASES, "test_a_pack_that_looks_back_keeps_what_is_open_and_not_what_is_released"),
    ),
    30: (("test_pack_replay", "test_a_month_comes_out_equal_and_nobody_is_asked"),),
    31: (("test_calls", "test_customs_orders_and_the_offices_list_has_it"),),
    32: ((CASES, "test_without_a_key_file_orders_by_hand_work"),),
    33: (("test_alerts", "test_a_released_declaration_that_meets_an_alert_is_told_to_analysts_alone"),),
}


@pytest.mark.parametrize("case", STANDING)
def test_a_case_has_its_tests(case: int) -> None:
    for module, name in STANDING[case]:
        text = (Path(__file__).parent / f"{module}.py").read_text(encoding="utf-8")
        assert f"def {name}(" in text, (module, name)


def test_all_cases_are_told() -> None:
    assert sorted(STANDING) == list(range(1, 34))
