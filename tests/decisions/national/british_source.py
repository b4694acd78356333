"""The British deriver's own rules as a function: what its published source does with facts, rule by rule in its order.

Facts of DEFRA's trade-imports-decision-deriver (Open Government Licence v3), written anew from its rules and from the
published tables; the rows of the profile `gb` were not looked at. An oracle: `test_british_matrix.py` compares the two.
"""

from collections.abc import Mapping

Facts = Mapping[str, str]
Said = tuple[str, str]

DOCUMENTS = {
    "H218": ("C085", "N002"),
    "H219": ("C085", "9115", "N851"),
    "H220": ("C085", "N002"),
    "H221": ("C640",),
    "H222": ("N853",),
    "H223": ("C678", "N852"),
    "H224": ("N853",),
}
"""Which documents a check accepts. Another part of that administration's system lets C673 and C641 in for H224: it validates, and decides nothing."""
KINDS = {
    "H218": "CHEDPP", "H219": "CHEDPP", "H220": "CHEDPP", "H221": "CVEDA", "H222": "CVEDP", "H223": "CED", "H224": "CVEDP",
}  # fmt: skip
_FINAL = {
    "CANCELLED": ("X00", "E71"),
    "REPLACED": ("X00", "E72"),
    "DELETED": ("X00", "E73"),
    "SPLIT_CONSIGNMENT": ("X00", "E75"),
    "MODIFY": ("H01", "E81"),
}
_WORKED_ON = ("SUBMITTED", "IN_PROGRESS")
_ACCEPTABLE = {
    "CVEDA": {
        "Acceptable for Transhipment": "E03",
        "Acceptable for Transit": "E03",
        "Acceptable for Internal Market": "C03",
        "Acceptable for Temporary Import": "C05",
        "Horse Re-entry": "C06",
    },
    "CVEDP": {
        "Acceptable for Transhipment": "E03",
        "Acceptable for Transit": "E03",
        "Acceptable for Specific Warehouse": "E03",
        "Acceptable for Internal Market": "C03",
        "Acceptable if Channeled": "C06",
    },
    "CED": {"Acceptable for Internal Market": "C03", "Acceptable for Non Internal Market": "C03"},
}
_ACTIONS = {
    "CVEDA": {"euthanasia": "N02", "slaughter": "N02", "reexport": "N04"},
    "CVEDP": {"destruction": "N02", "reexport": "N04", "transformation": "N03", "other": "N07"},
    "CED": {"destruction": "N02", "redispatching": "N04", "transformation": "N03", "other": "N07"},
}
_PLANTS = {
    "To do": ("H01", ""),
    "Hold": ("H01", ""),
    "To be inspected": ("H02", ""),
    "Compliant": ("C03", ""),
    "Auto cleared": ("C03", ""),
    "Non compliant": ("N01", ""),
    "Not inspected": ("C02", ""),
}
_GRAVITY = ("C02", "C03", "C05", "C06", "C07", "C08", "H01", "H02", "X00", "N01", "N02", "N03", "N04", "N07", "E03")
_RELEASE_OR_HOLD = frozenset(("C02", "C03", "C05", "C06", "C07", "C08", "H01", "H02"))


def derived(facts: Facts) -> Said:
    """Gives code and detail."""
    kind = KINDS.get(facts["check_code"])
    if kind is None:
        return "X00", "E81"
    said = _first_level(facts, kind)
    if said[0] not in _RELEASE_OR_HOLD:
        return said
    covered = facts.get("commodity") != "not covered"
    if facts.get("level_2") == "Live" and not covered:
        return "X00", "E20"
    if facts.get("level_3") == "Live" and covered and facts.get("quantity") in {"exceeded", "not comparable"}:
        return "X00", {"Weight": "E30", "Quantity": "E31"}[facts["quantity_rule"]]
    return said


def _usable(facts: Facts) -> bool:
    """Whether the document is one that the check accepts; not stated: it is."""
    return facts.get("document_type") is None or facts["document_type"] in DOCUMENTS[facts["check_code"]]


def _first_level(facts: Facts, kind: str) -> Said:
    check, status = facts["check_code"], facts.get("status", "")
    if not _usable(facts):
        if check == "H220" and facts.get("other_check") is not None:
            return "X00", "E82" if facts["other_check"] == "H219" else "E87"
        return "X00", "E83"
    if facts.get("certificate") == "not found" and check != "H224":
        return "X00", "E70"
    if facts.get("ched_type") != kind:
        return "X00", "E84"
    if status in _FINAL:
        return _FINAL[status]
    if facts.get("source") == "TRACES":
        return "C07", ""
    if status == "AMEND":
        return ("H02" if _inspected(facts) else "H01"), "E80"
    if kind == "CHEDPP":
        return _plants(facts, check, status)
    if check == "H224":
        return _catch(facts)
    if status in _WORKED_ON:
        return ("H02" if _inspected(facts) else "H01"), ""
    return _verdict(facts, kind)


def _inspected(facts: Facts) -> bool:
    """Whether an inspection is required: what was decided about it first, then the risk of the commodities."""
    required = facts.get("inspection_required")
    if required in {"Not required", "Inconclusive"}:
        return False
    return required == "Required" or facts.get("commodity_risk") == "REQUIRED"


def _plants(facts: Facts, check: str, status: str) -> Said:
    if status in _WORKED_ON:
        return "H02", ""
    if status == "PARTIALLY_REJECTED":
        return "H01", "E74"
    if status not in {"VALIDATED", "REJECTED"}:
        return "X00", "E99"
    controls = ("hmi",) if check in {"H218", "H220"} else ("phsi_document", "phsi_physical", "phsi_identity")
    found = [facts.get(control, "(absent)") for control in controls]
    if "(absent)" in found:
        return "H01", "E86" if check in {"H218", "H220"} else "E85"
    return max((_PLANTS.get(one, ("X00", "E99")) for one in found), key=lambda said: _GRAVITY.index(said[0]))


def _catch(facts: Facts) -> Said:
    if facts.get("iuu_check_required") != "true":
        return "H02", "E94"
    said = {"IUUOK": ("C07", ""), "IUUNotCompliant": ("X00", ""), "IUUNA": ("C08", "")}
    return said.get(facts.get("iuu_option", ""), ("H02", "E93"))


def _verdict(facts: Facts, kind: str) -> Said:
    value = facts.get("decision_value", "")
    match facts.get("decision_kind"):
        case "acceptable":
            code = _ACCEPTABLE[kind].get(value)
            return (code, "") if code is not None else ("X00", "E96")
        case "not-acceptable-action":
            code = _ACTIONS[kind].get(value)
            return (code, "") if code is not None else ("X00", "E97")
        case "not-acceptable-reasons-only":
            return "N04", ""
    return "X00", "E99"
