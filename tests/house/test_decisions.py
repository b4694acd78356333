"""Notes of decisions say what was chosen, that it holds, and where."""

import re

from tests.builders.places import ROOT
from tests.house.decisions_page import NOTES, heads


def test_every_note_begins_as_notes_do() -> None:
    assert [file.name for file, head in heads() if head is None or head[1] != file.name[:4]] == []


def test_rooms_of_notes_are_there() -> None:
    rooms = {(file.name, room) for file, head in heads() if head for room in re.findall(r"`([\w/]+)`", head[3])}
    assert len(rooms) > 250
    assert [one for one in rooms if not (ROOT / one[1]).is_dir()] == []


def test_a_number_is_given_once() -> None:
    numbers = [head[1] for _, head in heads() if head]
    numbers += re.findall(r"^## (\d{4}): ", (NOTES / "history.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(numbers) == len(set(numbers))


def test_what_is_replaced_names_what_replaced_it() -> None:
    replaced = (NOTES / "history.md").read_text(encoding="utf-8").split("\n## ")[1:]
    assert replaced
    assert [
        one[:60] for one in replaced if not re.search(r"\n\n\*Replaced by \[\d{4}\]\(\d{4}-[\w-]+\.md\): ", one)
    ] == []
