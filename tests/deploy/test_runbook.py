"""The runbook: every alert leads to its section, and what it says of the log and is said of it elsewhere is there. `tests/cli/test_pages_commands.py` tries its commands."""

import re

from tests.builders.places import ROOT
from tests.deploy.rules import rules

PAGE = "docs/operators-runbook.md"
TEXT = (ROOT / PAGE).read_text(encoding="utf-8")
PARTS = ("Means", "Customs notices", "Look", "Do", "Call")


def anchor(heading: str) -> str:
    """The anchor that a page's reader gives to a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def sections() -> dict[str, str]:
    """The sections about alerts, by their headings."""
    found = re.split(r"^### (.+)$", TEXT.partition("\n## Lines of the log")[0], flags=re.MULTILINE)
    return dict(zip(found[1::2], found[2::2], strict=True))


def logged(level: str) -> set[str]:
    """The names of the lines that the gateway logs at a level."""
    call = re.compile(rf'\blog\.{level}\(\s*"(\w+)')
    return {
        name for file in (ROOT / "gateway").rglob("*.py") for name in call.findall(file.read_text(encoding="utf-8"))
    }


def test_each_alert_leads_to_its_section_and_none_is_about_anything_else() -> None:
    links = {name: rule["annotations"]["runbook_url"] for name, rule in rules().items()}
    assert links == {name: f"{PAGE}#{anchor(name)}" for name in sections()}


def test_each_section_says_all_that_it_has_to() -> None:
    for name, text in sections().items():
        assert tuple(re.findall(r"^- \*\*([^*]+)\*\*: ", text, re.MULTILINE)) == PARTS, name


def test_links_within_the_page_and_to_headings_of_others_lead_somewhere() -> None:
    for target, named in re.findall(r"\]\(([^)#:]*)#([^)]+)\)", TEXT):
        page = (ROOT / "docs" / target).read_text(encoding="utf-8") if target else TEXT
        assert named in {anchor(one) for one in re.findall(r"^#+ (.+)$", page, re.MULTILINE)}, (target, named)


def test_lines_that_name_a_fault_have_a_row_and_each_row_is_of_a_line() -> None:
    table = TEXT.partition("\n## Lines of the log\n")[2]
    named = {name for row in re.findall(r"^\| (`.+?) \|", table, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)}
    everything = logged("error") | logged("warning")
    assert logged("error") - named == set()
    # `adapter_overran` is chosen among two where it is logged.
    assert named - everything <= {"adapter_overran"}


def test_alerts_that_the_dashboard_names_exist() -> None:
    text = (ROOT / "tools" / "dashboard.py").read_text(encoding="utf-8")
    named = set(re.findall(r"\bGateway[A-Z]\w+", text))
    assert named
    assert named <= set(rules())
