"""A manifest is judged before any code behind it is imported, and every fault is named."""

import pytest

from gateway.contract import ManifestFault, parse_manifest

GOOD = """
contract = "1.0"
name = "wine"
title = "Wine certificates"
authority = "Wine Office"
contact = "wine@example.org"
entry_point = "adapter:WineAdapter"
document_types = ["C999"]
[limits]
deadline_s = 5
"""


def test_a_good_manifest_is_read() -> None:
    manifest = parse_manifest(GOOD)
    assert (manifest.name, manifest.document_types, manifest.limits.deadline_s) == ("wine", ("C999",), 5)
    assert manifest.limits.in_flight == 32


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (('contract = "1.0"', 'contract = "2.0"'), "contract"),
        (('name = "wine"', 'name = "../wine"'), "name"),
        (('["C999"]', '["C9999"]'), "document_types"),
        (('["C999"]', "[]"), "document_types"),
        (('"adapter:WineAdapter"', '"adapter.py"'), "entry_point"),
        (("deadline_s = 5", 'deadline_s = "5"'), "limits.deadline_s"),
        (("deadline_s = 5", "deadline = 5"), "limits.deadline"),
        (("deadline_s = 5", "deadline_s = 0"), "limits"),
        (('title = "Wine certificates"', 'titel = "Wine certificates"'), "titel"),
        (('title = "Wine certificates"', ""), "title"),
        (('name = "wine"', 'name = "wine"\nidentity = "adapter.py"'), "identity"),
        (('name = "wine"', 'name = "wine"\nidentity = 5'), "identity"),
        (("[limits]", '[auth]\nkinds = ["magic"]\n[limits]'), "auth.kinds"),
    ],
)
def test_a_bad_one_is_refused_by_name(change: tuple[str, str], named: str) -> None:
    with pytest.raises(ManifestFault) as refused:
        parse_manifest(GOOD.replace(*change))
    assert any(fault.startswith(named) for fault in refused.value.faults)


def test_all_faults_come_at_once() -> None:
    bad = GOOD.replace('name = "wine"', 'name = "W"').replace('"adapter:WineAdapter"', '"x"')
    with pytest.raises(ManifestFault) as refused:
        parse_manifest(bad)
    assert len(refused.value.faults) == 2
