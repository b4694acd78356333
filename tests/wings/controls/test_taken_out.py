"""Control orders are taken out of a copy of the tree by their folder and lines: what is left checks, plays its stories and serves."""

import re
import shutil
from pathlib import Path

import pytest

from tests.builders.tree import LISTED, Tree

OWN = ("config/controls.toml", "config/messages/*.controls.*.toml")
STORY = re.compile(r"(?m)^\[\[story\]\]\n(?:(?!\[\[story\]\]).*\n)*?control = (?:(?!\[\[story\]\]).*\n)*")


@pytest.mark.whole
def test_without_its_folder_and_lines_the_gateway_is_whole(tmp_path: Path, database_url: str) -> None:
    tree = Tree(tmp_path)
    folder = tree.folder
    shutil.rmtree(folder / "gateway/wings/controls")
    for pattern in OWN:
        for file in folder.glob(pattern):
            file.unlink()
    listed = folder / LISTED
    lines = [one for one in listed.read_text(encoding="utf-8").splitlines() if "wings.controls" not in one]
    listed.write_text("\n".join(lines).replace("ControlsWing, ", "") + "\n", encoding="utf-8")
    stories = folder / "gateway/cli/demo/stories/stories.toml"
    text = stories.read_text(encoding="utf-8")
    stories.write_text(STORY.sub("", text), encoding="utf-8")
    assert stories.read_text(encoding="utf-8") != text

    facts = tree.facts()
    assert "/v1/controls" not in str(facts["description"])
    assert "control_order" not in facts["audit"]
    assert "no fault" in tree.gateway(database_url, "check")
    assert "came out as expected" in tree.gateway(database_url, "demo", "--exit")
    assert tree.lint() == ""
