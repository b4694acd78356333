"""What was made of files is made anew once one of them says something else, comes or goes; never while they change."""

from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.settings.messages import FOLDER, load_catalogue
from gateway.settings.of_files import OfFiles
from tests.builders.layers import layer
from tests.builders.places import CONFIG


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: (folder / "a").write_text("other"),
        lambda folder: (folder / "b").write_text(""),
        lambda folder: (folder / "a").rename(folder / "c"),
        lambda folder: (folder / "a").unlink(),
    ],
)
def test_it_is_made_anew_once_a_file_changed(tmp_path: Path, change: Callable[[Path], object]) -> None:
    (tmp_path / "a").write_text("one")
    made, files = OfFiles[object](), lambda: sorted(tmp_path.iterdir())
    first = made.made("x", files, object)
    assert made.made("x", files, object) is first
    assert made.made("y", files, object) is not first
    change(tmp_path)
    assert made.made("x", files, object) is not first


def test_what_changes_while_it_is_read_is_not_kept(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_text("one")
    made = OfFiles[str]()

    def read() -> str:
        said = file.read_text()
        file.write_text("two")
        return said

    assert [made.made("x", lambda: [file], read) for _ in range(2)] == ["one", "two"]


def test_few_are_kept(tmp_path: Path) -> None:
    made = OfFiles[object](most=2)
    first = made.made(1, list, object)
    for of in (2, 3):
        made.made(of, list, object)
    assert made.made(1, list, object) is not first


def test_a_text_that_was_changed_is_read(tmp_path: Path) -> None:
    folder = layer(tmp_path / "own")
    (folder / FOLDER).mkdir()
    file = folder / FOLDER / "codes.en.toml"
    for name in ("one name", "another name"):
        file.write_text(f'[[code]]\ntype = "N853"\nname = "{name}"\n')
        assert name in str(load_catalogue(CONFIG, folder).languages["en"].words["called"]["N853"])
