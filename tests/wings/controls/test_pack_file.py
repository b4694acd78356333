"""Packs of risk criteria are read with every fault of them at once, each with its line."""

import json
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from gateway.configured_rules import Rules
from gateway.domain.errors import ConfigurationError
from gateway.terminal.exits import Exit
from gateway.wings.controls.risk.pack import Pack
from gateway.wings.controls.risk.pack_file import read_pack
from tests.builders.commands import gateway_command
from tests.builders.offices import rules

__all__ = ["rules"]  # a fixture

HEAD = 'name = "p"\nkind = "{kind}"\nowner = "o"\nlegal_basis = "UCC Art. 46"\nvalid_from = 2026-01-01\n{more}\n'
REVIEW = "review_on = 2026-12-01"
ENDS = "valid_to = 2026-12-31"
BAND = '{ level = "M", share = 1, types = [10] }'
ROW = '[[row]]\ncriterion = "C1"\nscope = {{ goods = ["6109"] }}\nmeasure = [{measure}]\nband = [{band}]\n'
ALWAYS = "{ always = true }"
PRICE = '{ price = "EUR", per = "net_mass" }'


def text(*, kind: str = "national", more: str = REVIEW, measure: str = ALWAYS, band: str = BAND) -> str:
    return HEAD.format(kind=kind, more=more) + ROW.format(measure=measure, band=band)


def read(rules: Rules, written: str) -> Pack:
    return read_pack(written.encode(), "p.toml", rules.tables.at(date(2026, 3, 2)))


def test_the_page_s_pack_is_sound_to_the_command(tmp_path: Path, rules: Rules) -> None:
    """Its figures are exact; of a faulty one the command names the line."""
    written, weight, _ = re.findall(r"```toml\n(.*?)```", Path("docs/risk.md").read_text(encoding="utf-8"), re.DOTALL)
    (row,) = read(rules, written).row
    assert [(one.to, one.share) for one in row.band] == [
        (Decimal("2.10"), Decimal("0.30")),
        (Decimal("3.00"), Decimal("0.05")),
    ]
    file = tmp_path / "pack.toml"
    file.write_text(written, encoding="utf-8")
    assert read(rules, f'{written}weight = "financial"\n{weight}').weight[0].factor == Decimal("0.2")
    sound = gateway_command({}, "risk", "check", str(file))
    assert (sound.returncode, sound.stdout) == (0, "textiles: 1 row, no fault\n")
    file.write_text(written.replace("0.30", "1.30"), encoding="utf-8")
    faulty = gateway_command({}, "risk", "check", str(file))
    assert (faulty.returncode, faulty.stdout) == (Exit.CONFIGURATION, "")
    assert f"{file}:8: a share is from 0 to 1, not 1.30" in faulty.stderr


def test_a_weight_is_read_and_a_pack_without_is_written_as_before_there_were_any(rules: Rules) -> None:
    """So an older process beside this one reads each pack that has none."""
    pack = read(rules, f'{weighed(types=BOTH)}weight = "financial"\nelevated = true\n')
    assert (pack.weight[0].types, pack.weights_of(pack.row[0])) == (("AEOC", "AEOF"), ())
    (row,) = json.loads(msgspec.json.encode(read(rules, text())))["row"]
    assert not {"weight", "elevated", "may_tell", "unless_done"} & set(row)
    assert set(row["scope"]) == {"goods"}


def band(**of: object) -> str:
    values = {"level": '"M"', "share": 1, "types": "[10]", **of}
    return "{ " + ", ".join(f"{name} = {value}" for name, value in values.items()) + " }"


WEIGHT = 'group = "{group}", types = {types}, roles = ["{role}"], factor = {factor}, floor = {floor}'


BOTH = '["AEOC", "AEOF"]'


def weighed(kind: str = "national", more: str = REVIEW, **of: str) -> str:
    said = {"group": "financial", "types": '["AEOC"]', "role": "importer", "factor": "0.5", "floor": "0.1", **of}
    return text(kind=kind, more=f"{more}\nweight = [{{ {WEIGHT.format(**said)} }}]")


def entry(kind: str = "national", more: str = REVIEW, **of: object) -> str:
    return text(kind=kind, more=more, band=band(**of)) + "unless_done = true\n"


def told(kind: str = "national", more: str = REVIEW, **of: object) -> str:
    return text(kind=kind, more=more, band=band(**of)) + "may_tell = true\n"


@pytest.mark.parametrize(
    ("written", "fault"),
    [
        (entry(stage='"after_release"'), "p.toml:7: unless_done is of controls before release: no band has any"),
        (entry() + "elevated = true\n", "an elevated threat is controlled whatever was done at entry"),
        (entry("crisis", "valid_to = 2026-06-01"), "a pack of kind crisis chooses is controlled whatever was done"),
        (entry("alert", ENDS), "a pack of kind alert chooses is controlled whatever was done"),
        (entry("random", ""), "a pack of kind random chooses is controlled whatever was done"),
        (told(), "p.toml:7: may_tell is of goods that are examined before release: no band has such a type of control"),
        (told(types="[40]", stage='"after_release"'), "may_tell is of goods that are examined before release"),
        (told(types="[40]") + "elevated = true\n", "of an elevated threat nobody is told by itself"),
        (told("crisis", "valid_to = 2026-06-01", types="[40]"), "a pack of kind crisis chooses: leave may_tell out"),
        (told("alert", ENDS, types="[40]"), "a pack of kind alert chooses: leave may_tell out"),
        (weighed(factor="0"), "p.toml:7: factor and floor lie above 0 and are 1 at most, not 0"),
        (weighed(factor="1.1"), "not 1.1"),
        (weighed(floor="0"), "factor and floor lie above 0"),
        (weighed(floor="nan"), "factor and floor lie above 0"),
        (weighed(floor="1e-99999999"), "factor and floor lie above 0"),
        (weighed(role="broker"), "there is no role 'broker'"),
        (weighed(types='["AEOS"]'), "AEOS does not count for what is financial"),
        (weighed(group="safety"), "AEOC does not count for what is safety"),
        (weighed(types='["AEO"]'), "Invalid enum value 'AEO'"),
        (weighed(types="[]"), "length >= 1"),
        (weighed("crisis", "valid_to = 2026-02-01"), "of kind crisis chooses trusted operators as all others"),
        (weighed("random", ""), "of kind random chooses trusted operators as all others"),
        (weighed("alert", ENDS), "of kind alert chooses trusted operators as all others"),
        (f'{text()}weight = "safety"\n', "there is no [[weight]] of the group safety"),
        (f'{weighed()}weight = "safety"\n', "there is no [[weight]] of the group safety"),
        (text(more=f"{REVIEW}\ntarget = 0"), "p.toml:7: a target is above 0 and 1 at most, not 0"),
        (text(more=f"{REVIEW}\ntarget = nan"), "p.toml:7: a target is above 0 and 1 at most, not NaN"),
        (text(more=f"{REVIEW}\ntarget = 1.5"), "p.toml:7: a target is above 0 and 1 at most, not 1.5"),
        (text(kind="random", more="target = 0.5"), "p.toml:6: a pack of kind random has no target"),
        (text(kind="alert", more=f"{ENDS}\ntarget = 0.5"), "p.toml:7: a pack of kind alert has no target"),
        (text().replace("goods =", 'modes = ["sea"], goods ='), "p.toml:9: Expected `str` matching regex"),
        (text().replace("goods =", "modes = [], goods ="), "scope.modes is empty, and would mean all"),
        (text(more=""), "reviewed within 12 months"),
        (text(more="review_on = 2027-02-01"), "reviewed within 12 months"),
        (text(more=f"{REVIEW}\nvalid_to = 2025-12-31"), "p.toml:7: the pack ends before it begins"),
        (text(kind="priority_area", more=""), "a priority area ends"),
        (text(kind="crisis", more="valid_to = 2026-07-01"), "ends within 180 days"),
        (text(kind="crisis", more='valid_to = 2026-02-01\nsuspends = ["p"]'), "cannot suspend itself"),
        (text(more=f'{REVIEW}\nsuspends = ["q"]'), "a crisis pack alone suspends"),
        (text(kind="random", more="", band=band(share=0)), "above 0"),
        (text(kind="random", more="").replace("goods =", 'direction = ["import"], goods ='), "is about export"),
        (text(band=band(share=1.5)), "a share is from 0 to 1"),
        (text(band=band(share=-1)), "a share is from 0 to 1"),
        (text(band=band(level='"X"')), "there is no level 'X'"),
        (text(band=band(types="[99]")), "there is no type of control 99"),
        (text(measure=PRICE, band=f"{band(to=3)}, {band(**{'from': 2, 'to': 4})}"), "bands overlap at 2"),
        (text(measure=PRICE, band=f"{band(to=3)}, {band(to=3)}"), "ends where it begins"),
        (text(measure=PRICE, band=f"{band()}, {band(to=3)}"), "behind one without end"),
        (text(band=band(to=3)), "bands with bounds need a measure"),
        (text(measure=f"{PRICE}, {{ compare = 'net_mass' }}"), "two figures have no bounds"),
        (text(measure="{ compare = 'net_mass', at_least = 3, below = 2 }"), "are reversed"),
        (text(measure="{ always = true, text = 'a' }"), "not 2"),
        (text(measure="{ always = true, below = 2 }"), "always is no figure"),
        (text(measure="{ price = 'EUR' }"), "a price has per"),
        (text(measure="{ list = 'importer' }"), "a list has values"),
        (text(measure="{ list = 'importer', values = [] }"), "p.toml:10: "),
        (text(measure="{ list = 'mode', values = ['3'] }"), "there is no 'mode' here"),
        (text(measure="{ compare = 'weight' }"), "there is no 'weight' here"),
        (text(measure="{ text = '(' }"), "none of RE2"),
        (text(measure="{ text = '((a{100}){100}){100}' }"), "none of RE2, or is too large"),
        (text(measure="{ window = 'value' }"), "p.toml:10: "),
        (text().replace("goods =", 'parties = { seller = ["FR1"] }, goods ='), "there is no role 'seller'"),
        (text() + text().partition("[[row]]")[1] + text().partition("[[row]]")[2], "C1 stands 2 times"),
        (text().replace("owner", "owners"), "p.toml:1: "),
        (text().replace("valid_from = 2026-01-01", ""), "missing required field `valid_from`"),
        (text(more=f'{REVIEW}\nlook_back = "released"'), "p.toml:7: Invalid enum value 'released'"),
        ("name = ", "p.toml:1: not TOML"),
        (text(more=f"{REVIEW}\nsuspends = {'[' * 5_000}{']' * 5_000}"), "p.toml:1: not TOML"),
        (text(band=band(share="1" * 5_000)), "p.toml:1: not TOML"),
        (text(band=band(share="nan")), "NaN is no number"),
        (text(band=band(share="1e-99999999")), "is no number of at most 20 digits"),
        (text(band=band(share="0e-99999999")), "is no number of at most 20 digits"),
        (text(measure=PRICE, band=band(to="inf")), "Infinity is no number"),
        (text(measure=PRICE, band=band(to="1e99999999")), "is no number of at most 20 digits"),
        (text(measure="{ compare = 'net_mass', at_least = nan }"), "NaN is no number"),
        (text().replace("scope", 'area = "textiles"\nscope'), "p.toml:7: there is no area 'textiles'"),
        (text(measure="{ finding = 'SW-DEC-998' }"), "p.toml:7: no decision has the finding SW-DEC-998"),
        (text(measure="{ price = 'EUR', per = 'litre' }"), "there is no 'litre' here"),
        (text(measure="{ price = 'XXY', per = 'net_mass' }"), "p.toml:7: there is no exchange rate of XXY"),
        (text(measure="{ compare = 'transport_mode' }"), "there is no 'transport_mode' here"),
        (text().replace('["6109"]', "[]"), "p.toml:7: scope.goods is empty"),
        (text().replace("goods =", "parties = {}, goods ="), "p.toml:7: scope.parties is empty"),
        (text().replace("goods =", 'origin = ["China"], goods ='), "'China' is no code of a country"),
        (text().replace("goods =", 'offices = ["FR1"], goods ='), "'FR1' is no reference of an office"),
        (text(band=band(types="[]")), "p.toml:7: a band names no type of control"),
        (text(kind="alert", more=""), "an alert ends within a year"),
        (text(kind="alert", more="valid_to = 2027-06-01"), "an alert ends within a year"),
        (text(kind="alert", more=ENDS, band=band(share="0.5")), "p.toml:7: an alert draws nothing"),
        (text(kind="alert", more=ENDS, measure="{ text = 'a' }"), "an alert is of exact values"),
        (text(kind="alert", more=ENDS, measure=PRICE), "an alert is of exact values"),
        (text(kind="alert", more=ENDS).replace('goods = ["6109"]', ""), "an alert names goods"),
        (text(kind="alert", more=ENDS).replace("measure", 'if_missing = "order"\nmeasure'), "leave if_missing out"),
        (text(kind="crisis", more="").replace("2026-01-01", "9999-12-01"), "ends within 180 days"),
        (text().replace("2026-01-01", "2026-02-30"), "p.toml:5: not TOML"),
    ],
)  # fmt: skip
def test_a_fault_is_named(rules: Rules, written: str, fault: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        read(rules, written)
    assert fault in "\n".join(refused.value.faults)


def test_a_finding_of_any_table_is_measured(rules: Rules) -> None:
    """Those of officers alone (TARIC's action 30) and of a control's result are findings, too."""
    for code in ("SW-DEC-190", "SW-DEC-310", "SW-DEC-001"):
        assert read(rules, text(measure=f"{{ finding = '{code}' }}")).row[0].measure[0].finding == code


def test_an_area_is_one_of_the_administrations(tmp_path: Path) -> None:
    """It brings the codes of its own list: none is delivered."""
    folder, file = tmp_path / "tables", tmp_path / "pack.toml"
    folder.mkdir()
    row = '[[control_area]]\nname = "textiles"\nvalid_from = 2026-01-01\nsource = "of this test"\n'
    (folder / "controls.toml").write_text(row, encoding="utf-8")
    file.write_text(text().replace("scope", 'area = "textiles"\nscope'), encoding="utf-8")
    done = gateway_command({"GATEWAY_TABLES": f'["{folder}"]'}, "risk", "check", str(file))
    assert (done.returncode, done.stdout) == (0, "p: 1 row, no fault\n"), done.stderr
    assert gateway_command({}, "risk", "check", str(file)).returncode == Exit.CONFIGURATION


def test_bounds_of_numbers(rules: Rules) -> None:
    """A list of 100,001 values, 201 rows without goods and what is no UTF-8 are refused; a hole that is said is none."""
    values = "[" + ", ".join("'a'" for _ in range(100_001)) + "]"
    rows = "".join(text().partition("[[row]]")[2].join(("[[row]]", "")).replace("C1", f"C{one}").replace('goods = ["6109"]', "") for one in range(201))  # fmt: skip
    for written in (text(measure=f"{{ list = 'importer', values = {values} }}"), HEAD.format(kind="national", more=REVIEW) + rows):  # fmt: skip
        with pytest.raises(ConfigurationError):
            read(rules, written)
    with pytest.raises(ConfigurationError, match="not UTF-8"):
        read_pack(b"\xff", "p.toml", rules.tables.at(date(2026, 3, 2)))
    assert (
        read(rules, text(measure=PRICE, band=f"{band(to=2)}, {band(**{'from': 3, 'to': 4})}")).row[0].band[1].start == 3
    )


def test_rows_about_the_same_goods_are_bounded(rules: Rules) -> None:
    """3,000 rows of one chapter would be held against each of ten thousand goods items; by heading or origin they pass."""

    def rows(many: int, scope: Callable[[int], str]) -> str:
        one = text().partition("[[row]]")[2]
        scoped = 'goods = ["6109"]'
        written = (one.replace("C1", f"C{number}").replace(scoped, scope(number)) for number in range(many))
        return HEAD.format(kind="national", more=REVIEW) + "".join(f"[[row]]{each}" for each in written)

    with pytest.raises(ConfigurationError, match=r"p\.toml:7: 3000 rows are about the same goods of one origin"):
        read(rules, rows(3_000, lambda _: 'goods = ["61", "6109"]'))
    with pytest.raises(ConfigurationError, match="1002 rows are about the same goods"):
        read(rules, rows(1_002, lambda one: 'goods = ["6109"]' if one % 2 else 'origin = ["CN"], goods = ["61"]'))
    for scope in (
        lambda one: f'goods = ["{one % 9_000:04}"]',
        lambda one: f'origin = ["{chr(65 + one % 26)}{chr(65 + one // 26 % 26)}"], goods = ["61"]',
    ):
        assert len(read(rules, rows(3_000, scope)).row) == 3_000
