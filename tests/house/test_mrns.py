"""Every MRN in the repository has its right check character."""

from gateway.domain.mrn import is_checked
from tests.house.files import named
from tests.house.mrns import ON_PURPOSE, corrected, wrong


def test_every_mrn_has_its_check_character() -> None:
    found = [f"{named(path)}: {mrn}" for path, mrn in wrong()]
    assert found == [], "python -m tests.house.mrns --write puts them right"


def test_what_is_put_right_stays_as_it_is_and_apart() -> None:
    counted = [f"26DKA00000000000{number}" for number in range(17, 20)]
    made = [corrected(mrn) for mrn in counted]
    assert len(set(made)) == 3
    assert all(is_checked(mrn) and corrected(mrn) == mrn for mrn in made)


def test_those_on_purpose_are_wrong() -> None:
    assert [mrn for mrn in ON_PURPOSE if is_checked(mrn)] == []
    assert all(corrected(mrn) == mrn for mrn in ON_PURPOSE)
