"""docs/declarative.md says what the reader of the file knows: every table of the page is compared, so that both cannot part."""

import re
from collections.abc import Iterator

import pytest

from gateway.contract import (
    CONTRACT_VERSION,
    AccessRefused,
    AdapterError,
    AllocationState,
    MovementKind,
    ReceiptOutcome,
    Settings,
    Status,
    Unavailable,
)
from gateway.dispatch.declarative import DeclaredAdapter, read_authority_file
from gateway.dispatch.declarative.replies import MEANINGS
from tests.builders.driving import OCCASION, query, replay
from tests.dispatch.declarative.quota import FILE as QUOTA
from tests.dispatch.declarative.soap_office import enveloped
from tests.dispatch.declarative.timber import FILE, PAGE, SOAP_FILE, changed, faults

NOBODY = "qqqqqqqq"
"""A key that no table knows, and that is like no other."""
QUANTITY = 'quantity = { value = "$.volume.value", unit = { path = "$.volume.unit", codes = "unit" } }'
FURTHER = f'[verify.facts.further]\nseal = {{ path = "$.x", {NOBODY} = 1 }}\n\n[verify.lines]'
NOTIFICATION = f'[notification]\neach = "$.all[*]"\n{NOBODY} = 1\n\n[[fault]]'
INSIDE: dict[str, tuple[str, str, str]] = {
    # A table: which file, what is replaced, by what.
    "verify": (FILE, "[verify]\n", f"[verify]\n{NOBODY} = 1\n"),
    "verify.request": (FILE, "[[verify.request]]\n", f"[[verify.request]]\n{NOBODY} = 1\n"),
    "verify.request.not_found": (FILE, 'where = { "$.code" = "NO_SUCH_LICENCE" }', f'where = {{ "$.code" = "X" }}\n{NOBODY} = 1'),
    "verify.pages": (FILE, "[verify.pages]\n", f"[verify.pages]\n{NOBODY} = 1\n"),
    "verify.facts": (FILE, "[verify.facts]\n", f"[verify.facts]\n{NOBODY} = 1\n"),
    "a fact": (FILE, "[verify.lines]", FURTHER),
    "verify.lines": (FILE, "[verify.lines]\n", f"[verify.lines]\n{NOBODY} = 1\n"),
    "a quantity": (FILE, f"nomenclature = {{ is = \"HS\" }}\n{QUANTITY}", f'nomenclature = {{ is = "HS" }}\n{QUANTITY[:-2]}, at = "$.a", {NOBODY} = 1 }}'),
    "an amount": (FILE, "[position]\n", f'amount = {{ value = "$.v", currency = "$.c", {NOBODY} = 1 }}\n\n[position]\n'),
    "position": (FILE, "[position]\n", f"[position]\n{NOBODY} = 1\n"),
    "position.left": (FILE, "[position.left]\n", f"[position.left]\n{NOBODY} = 1\n"),
    "position.taken": (FILE, "[position.taken]\n", f"[position.taken]\n{NOBODY} = 1\n"),
    "movement": (FILE, "[movement]\n", f"[movement]\n{NOBODY} = 1\n"),
    "write_off": (FILE, "[write_off]\n", f"[write_off]\n{NOBODY} = 1\n"),
    "fault": (FILE, "[[fault]]\n", f"[[fault]]\n{NOBODY} = 1\n"),
    "fault of SOAP": (SOAP_FILE, 'means = "unavailable"', f'means = "unavailable"\n{NOBODY} = 1'),
    "reference": (FILE, "[reference]\n", f"[reference]\n{NOBODY} = 1\n"),
    "report": (QUOTA, "[report]\n", f"[report]\n{NOBODY} = 1\n"),
    "reported": (QUOTA, "[reported]\n", f"[reported]\n{NOBODY} = 1\n"),
    "notification": (FILE, "[[fault]]", NOTIFICATION),
    "soap": (SOAP_FILE, "[soap]\n", f"[soap]\n{NOBODY} = 1\n"),
    "soap.security": (SOAP_FILE, "must_understand = true ", f"{NOBODY} = 1\nmust_understand = true "),
}  # fmt: skip
ROWS = frozenset({"each", "optional", "empty", "null", "in", "within"})


def known(table: str) -> set[str]:
    """The keys that the reader knows in a table: it says so of one that it does not."""
    text, old, new = INSIDE[table]
    (said,) = [
        said for _, said in faults(changed((old, new), text=text)) if f"{NOBODY}: unknown key; it knows " in said
    ]
    return set(said.rpartition("it knows ")[2].split(", "))


def section(title: str) -> str:
    """The part of the page below a heading that begins so."""
    (found,) = re.findall(rf"^## {re.escape(title)}.*?\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    return str(found)


def keys(text: str) -> set[str]:
    """The keys that are named in a text."""
    return {found for quoted in re.findall(r"`([^`]+)`", text) for found in re.findall(r"^[a-z_]+(?= = |$)", quoted)}


def rows(title: str, heading: str) -> Iterator[tuple[str, str]]:
    """The first two cells of the rows of a table of the page, by the beginning of its own first line."""
    _, _, rest = section(title).partition(f"\n| {heading}")
    assert rest, heading
    for line in rest.partition("\n\n")[0].splitlines()[2:]:
        cells = re.split(r"(?<!\\) ?\| ?", line)
        yield cells[1], cells[2]


def first_cells(title: str, heading: str) -> set[str]:
    """The keys in the first column of a table."""
    return {key for first, _ in rows(title, heading) for key in keys(first)}


def test_the_keys_of_a_request_are_those_of_the_page() -> None:
    assert first_cells("What is asked", "key | meaning") == known("verify.request")
    assert known("write_off") == known("verify.request") - {"name", "take", "not_found", "same"} | {"outcomes"}
    assert "`outcomes =" in section("Movements")


def test_the_names_in_templates_are_those_of_the_page() -> None:
    of_page = [(name, place) for first, place in rows("What is asked", "name | where") for name in re.findall(r"\{([a-z_.A-Z]+)\}", first)]  # fmt: skip
    families = {"reference.NAME", "settings.KEY", "taken.NAME"}
    places = ("everywhere", "when asking", "in movements", "in `[movement] line`", "in `[verify] line`", "in `[report]`", "in `[report] line`")  # fmt: skip
    everywhere, asking, moving, of_row, of_goods, reporting, of_report = (
        {name for name, place in of_page if place.startswith(start)} for start in places
    )
    assert {name for name, place in of_page if not place.startswith(places)} == {"reference.NAME", "settings.KEY"}
    for old, new, names in (
        ("&page={page}", "&page={page}&x={qqqqqqqq}", (everywhere | asking) - families),
        ('path = "/uses"', 'path = "/uses?x={qqqqqqqq}"', everywhere | moving),
        ('"line": {line}', '"line": {qqqqqqqq}', of_row),
        ('"tonnes": {figure.Y121}', '"tonnes": {qqqqqqqq}', of_goods),
        ('"on": "{released_on}"', '"on": "{qqqqqqqq}"', everywhere | reporting),
        ('{"item": {goods_item}, "origin"', '{"item": {qqqqqqqq}, "origin"', of_report),
        ("/releases?number={reference}", "/releases?number={qqqqqqqq}", everywhere | {"mrn"}),
    ):
        text = FILE if old in FILE else QUOTA
        (said,) = [said for _, said in faults(changed((old, new), text=text)) if "unknown name {qqqqqqqq}" in said]
        assert set(said.rpartition("it knows ")[2].split(", ")) == names


def test_the_keys_of_a_fact_are_those_of_the_page() -> None:
    assert first_cells("Where facts stand", "key | meaning") == known("a fact")
    sentence = section("Where facts stand").partition("A quantity is")[2].partition("\nDays are")[0]
    assert known("a quantity") | known("an amount") <= set(re.findall(r"[a-z]+", sentence))


def test_the_facts_of_each_table_are_those_of_the_page() -> None:
    of_page = dict(rows("Where facts stand", "table | facts"))
    listed = next(text for first, text in of_page.items() if first.startswith("each table of rows"))
    assert keys(listed) == ROWS
    below = {"request", "same", "facts", "lines", "pages"} | first_cells("What is told", "key of `[verify]`")
    values = {member.value for member in AllocationState}
    assert keys(of_page["`[verify]`"]) == known("verify") - below
    assert keys(of_page["`[verify.facts]`"]) == known("verify.facts") - {"further"}
    assert keys(of_page["`[verify.lines]`"]) == known("verify.lines") - ROWS
    assert keys(of_page["`[position]`"]) - {"position"} == known("position") - {"left", "taken"}
    assert keys(of_page["`[position.left]`"]) == known("position.left") - ROWS
    assert keys(of_page["`[position.taken]`"]) - values == known("position.taken") - ROWS


def test_the_keys_of_movements_are_those_of_the_page() -> None:
    assert first_cells("Movements", "key of `[movement]`") == known("movement")
    assert [f"[{kind.value}]" for kind in MovementKind] == re.findall(r"\[[a-z_]+\]", PAGE.partition("## Movements: `[movement]` and ")[2].partition("\n")[0])  # fmt: skip


def test_the_keys_of_reports_are_those_of_the_page() -> None:
    of_request = known("verify.request") - {"name", "take", "not_found"}
    named = [(table, key) for first, _ in rows("Reports", "key | meaning") for table, *found in [re.findall(r"`([^`]+)`", first)] for key in found]  # fmt: skip
    assert {key for table, key in named if table == "[report]"} == known("report") - of_request
    assert {key for table, key in named if table == "[reported]"} == known("reported") - of_request - (ROWS - {"each"})


def test_the_conditions_are_those_of_the_page() -> None:
    of_page = first_cells("Faults", "key | meaning")
    assert of_page == known("fault") == known("fault of SOAP")
    assert of_page - {"means"} | {"same"} == known("verify.request.not_found")
    assert keys(dict(rows("Faults", "key | meaning"))["`means`"]) == set(MEANINGS)


@pytest.mark.parametrize(
    ("table", "title"), [("verify.pages", "Pages"), ("notification", "Notifications"), ("reference", "What is asked")]
)
def test_the_keys_of_a_small_table_are_named_where_the_page_tells_of_it(table: str, title: str) -> None:
    assert known(table) - (ROWS if table == "notification" else set()) <= keys(section(title))


def test_the_keys_of_soap_are_those_of_the_page() -> None:
    of_page = [(table, key) for first, _ in rows("SOAP", "key | meaning") for table, *named in [re.findall(r"`([^`]+)`", first)] for key in named]  # fmt: skip
    assert {key for table, key in of_page if table == "[soap]"} == known("soap") - {"security"}
    assert {key for table, key in of_page if table == "[soap.security]"} == known("soap.security")


def test_the_meanings_of_codes_are_those_of_the_page() -> None:
    listed = {frozenset(quoted.split()) for quoted in re.findall(r"`([^`]+)`", section("Codes"))}
    assert {frozenset(status.value for status in Status), frozenset(one.value for one in ReceiptOutcome)} <= listed


def test_the_version_of_the_contract_is_the_one_that_is_spoken() -> None:
    assert {read_authority_file(text).manifest.contract for text in (FILE, SOAP_FILE)} == {CONTRACT_VERSION}


def test_the_page_s_office_of_soap_is_understood() -> None:
    adapter = DeclaredAdapter(
        read_authority_file(SOAP_FILE), Settings(values={"username": "customs"}, secrets={"password": "made up"})
    )
    answers = [re.sub(r" {2,}|\n", "", one) for one in re.findall(r"<s:Body>(<t:Licence.*?|<s:Fault>.*?)</s:Body>", section("SOAP"), re.DOTALL)]  # fmt: skip
    spaces = 'xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:t="urn:timber:1"'
    held, unknown, refused = (enveloped(re.sub(r"^<([a-z]:[A-Za-z]+)( xmlns:t=\"[^\"]+\")?", rf"<\1 {spaces}", one)) for one in answers)  # fmt: skip

    def asked(reference: str, status: int, body: bytes) -> Status:
        return replay(adapter.verify(query("C690", reference), OCCASION), (status, body)).status

    assert asked("ID/17", 200, held) is Status.VALID
    assert asked("XX/1", 500, unknown) is Status.NOT_FOUND
    for body, raised in ((refused, AccessRefused), (b"<html>", Unavailable)):
        with pytest.raises(AdapterError) as found:
            asked("ID/17", 500, body)
        assert type(found.value) is raised
