"""Style sheets have no rule that no page uses."""

import re

import pytest

from tests.house.styles import VENDORED, WEB, classes, cut, used


@pytest.mark.parametrize("name", ["single-window.css", "portal.css", "paper.css", "govuk-frontend.css"])
def test_every_class_of_a_style_sheet_is_used(name: str) -> None:
    is_used = used()
    found = classes((WEB / "static" / name).read_text(encoding="utf-8"))
    assert sorted(one for one in found if not is_used(one)) == []


def test_the_vendored_style_sheet_has_what_pages_use_and_no_more() -> None:
    css = VENDORED.read_text(encoding="utf-8")
    assert cut(css, used()) == css
    assert len(css.encode()) < 40_000
    assert {"govuk-button", "govuk-checkboxes__input", "govuk-radios__input", "govuk-textarea"} <= classes(css)


def test_every_vendored_class_that_a_template_names_is_there() -> None:
    """Cut too much, a page looks like none of ours and no other test fails."""
    there = classes(VENDORED.read_text(encoding="utf-8"))
    templates = [*WEB.rglob("*.html"), *(WEB.parent / "wings").rglob("*.html")]
    named = {name for file in templates for name in re.findall(r"govuk-[a-z0-9_-]+", file.read_text(encoding="utf-8"))}
    begun = {one for one in named if one.endswith("-")}
    assert all(any(name.startswith(one) for name in there) for one in begun)
    # Blocks without a rule of their own.
    assert named - begun - there == {"govuk-frontend", "govuk-checkboxes", "govuk-radios"}


def test_rules_are_cut_by_their_classes() -> None:
    css = '@charset "UTF-8";a,.govuk-a b,.govuk-b{x:y}.govuk-b{z:1}@media print{.govuk-b{x:y}}@media all{.govuk-a:not(.c,.d){x:y}}'
    assert cut(css, {"govuk-a"}.__contains__) == (
        '@charset "UTF-8";a,.govuk-a b{x:y}@media all{.govuk-a:not(.c,.d){x:y}}'
    )
