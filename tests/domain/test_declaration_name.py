"""Names of declarations, as they stand in addresses and as people type them."""

import pytest

from gateway.domain.declaration_name import BY_LRN, DeclarationName
from gateway.domain.errors import CallInvalid

ID = "0b0f2a4e-8f0d-4c43-9d3e-1f6b7a1c2d3e"
MRN = "26FR001260000002R5"


@pytest.mark.parametrize("text", [ID, ID.upper(), ID.replace("-", "")])
def test_an_id_is_known_in_every_spelling(text: str) -> None:
    assert DeclarationName.of_place(text) == DeclarationName.of_text(text) == DeclarationName(id=ID)


def test_an_mrn_and_an_lrn_are_told_apart() -> None:
    assert DeclarationName.of_place(MRN.lower()) == DeclarationName.of_text(MRN) == DeclarationName(mrn=MRN)
    assert DeclarationName.of_text("A/1") == DeclarationName(lrn="A/1")
    assert DeclarationName.of_text(MRN, "FR1") == DeclarationName(lrn=MRN, declarant="FR1"), "with a declarant an LRN"
    assert DeclarationName.of_place(BY_LRN, "A/1", "FR1") == DeclarationName(lrn="A/1", declarant="FR1")


@pytest.mark.parametrize("place", ["", "x", "-x", ID + "0", f"{ID}\n", MRN + "\n", "0" * 31])
def test_what_is_no_name_names_nothing(place: str) -> None:
    assert DeclarationName.of_place(place) == DeclarationName()


@pytest.mark.parametrize("beside", [("-", None, None), ("-", "", "FR1"), (ID, "A", None), (MRN, None, "FR1")])
def test_one_name_at_a_time(beside: tuple[str, str | None, str | None]) -> None:
    with pytest.raises(CallInvalid):
        DeclarationName.of_place(*beside)
