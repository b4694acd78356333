"""The check character of MRNs: as ISO 6346 counts, and as real ones have it."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.mrn import check_character, is_checked, is_mrn, with_check_character

SIGNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
NUMBERS = st.builds(
    lambda year, country, rest: f"{year:02}{country}{rest}",
    st.integers(0, 99),
    st.text(SIGNS[:26], min_size=2, max_size=2),
    st.text(SIGNS, min_size=13, max_size=13),
)

PUBLISHED = ("21DE27364916384836", "21DE12345678901234")
"""Examples of right ones in published software."""
OF_AN_ADMINISTRATION = ("23GB66GVO0X3GBZAR3", "24GB0YVJ3EXXES8AA0", "24GBCSOYM2NQWUNA03", "25GB34F7Y1O2CX8PT4")
"""Given by the system behind the published messages of wco-dec."""


@pytest.mark.parametrize("mrn", [*PUBLISHED, *OF_AN_ADMINISTRATION])
def test_real_ones_are_right(mrn: str) -> None:
    assert is_mrn(mrn)
    assert is_checked(mrn)


@pytest.mark.parametrize("mrn", ["21DE27364916384835", "26FR001260000001R1", "26FR001260000001R" + "X"])
def test_wrong_ones_are_not(mrn: str) -> None:
    assert is_mrn(mrn)
    assert not is_checked(mrn)


def test_it_counts_as_containers_are_counted() -> None:
    # The example of ISO 6346: CSQU 305438 3.
    assert check_character("CSQU305438") == "3"


def test_ten_counts_as_zero() -> None:
    # Worked out by hand: 1 x 2^0 + 0 + (K = 21) x 2^2 + ... is 10 more than a multiple of 11.
    values = dict(zip(SIGNS[:26], (n for n in range(10, 39) if n % 11), strict=True))
    number = next(
        f"26FR{n:013}"
        for n in range(100)
        if sum((values.get(c) or int(c)) * 2**place for place, c in enumerate(f"26FR{n:013}")) % 11 == 10
    )
    assert check_character(number) == "0"


@given(NUMBERS, st.integers(0, 16), st.sampled_from("0123456789"))
def test_one_wrong_digit_is_seen_unless_ten_and_zero_fall_together(number: str, place: int, digit: str) -> None:
    mrn = with_check_character(number)
    assert is_checked(mrn)
    other = mrn[:place] + digit + mrn[place + 1 :]
    if other != mrn and mrn[place].isdigit() and "0" not in (mrn[-1], check_character(other)):
        assert not is_checked(other)


@pytest.mark.parametrize(
    "text", ["", "26FR1", "26fr001260000001r6", "FR26001260000001R6", "26FR001260000001R6 ", "26FR00126000000é1R"]
)
def test_what_is_none(text: str) -> None:
    assert not is_mrn(text)


def test_no_mrn_begins_with_something_else() -> None:
    with pytest.raises(ValueError, match="no MRN begins with"):
        with_check_character("26FR1")


def test_most_messages_of_an_administration_have_it(corpus: Path) -> None:
    found = {
        mrn.decode()
        for file in (corpus / "wco-dec" / "samples").rglob("*.xml")
        for mrn in re.findall(rb"(?<![0-9A-Z])[0-9]{2}GB[A-Z0-9]{13}[0-9](?![0-9A-Z])", file.read_bytes())
    }
    right = {mrn for mrn in found if is_checked(mrn)}
    assert set(OF_AN_ADMINISTRATION) <= right
    # The others were written by hand: the year of one changed, and a counter at the end.
    for mrn in found - right:
        assert mrn[2:] == "GB34F7Y1O2CX8PT4" or mrn.startswith(
            ("20GB34F7Y1O2CX8PT", "23GBCDS123456789", "25GBCDS123456789")
        ), mrn
