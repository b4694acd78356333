"""What the specification says of each combination, written down from it by hand and without the gateway's tables.

Sources: the specification of decisions, section 1 (statuses), 2 (kinds), table 1 (decision and procedure), table 2 (which
authority is asked in which direction). An effect is `release`, `hold` or `refuse`.
"""

INTO_FREE_CIRCULATION = {"01", "07", "40", "42", "43", "44", "45", "46", "48", "61", "63", "68"}
RESERVED = INTO_FREE_CIRCULATION | {"53"}
"""Section 6: under these a quantity is reserved, under 51 and 71 a document is verified only; of others nothing is known."""
VERIFIED_ONLY = {"51", "71"}
"""Of a CHED also 78 (Delegated Reg. (EU) 2019/1602, Art. 4(c))."""
TRANSIT = {"T", "T1", "TIR"}
EXPORT = {"10", "11", "19", "21", "22", "23", "31"}

ANY_PROCEDURE = RESERVED | {"51", "71", "78"} | TRANSIT
TABLE_1 = {
    "ACCEPTABLE_FOR_INTERNAL_MARKET": ANY_PROCEDURE,
    "ACCEPTABLE_FOR_FREE_CIRCULATION": ANY_PROCEDURE,
    "ACCEPTABLE_FOR_MONITORING": {"07", "40", "42", "44", "45", "46", "51", "61", "63", "71"},
    "ACCEPTABLE_FOR_PRIVATE_IMPORT": {"40", "42", "61"},
    "ACCEPTABLE_FOR_TEMPORARY_ADMISSION": {"53"},
    "ACCEPTABLE_FOR_NON_CONFORMING_GOODS": {"71", "78"} | TRANSIT,
    "ACCEPTABLE_FOR_DIRECT_TRANSIT": TRANSIT,
    "ACCEPTABLE_FOR_INDIRECT_TRANSIT": TRANSIT,
    "ACCEPTABLE_FOR_ONWARD_TRANSPORTATION": TRANSIT,
    "ACCEPTABLE_FOR_ONWARD_TRAVEL": TRANSIT,
    "ACCEPTABLE_FOR_TRANSFER": TRANSIT,
    "ACCEPTABLE_FOR_TRANSIT_TO_US_OR_NATO_BASE": TRANSIT,
    "ACCEPTABLE_FOR_TRANSHIPMENT": set(),
}
ONLY_OF = {
    "ACCEPTABLE_FOR_MONITORING": {"C640", "N853"},
    "ACCEPTABLE_FOR_TEMPORARY_ADMISSION": {"C640"},
    "ACCEPTABLE_FOR_NON_CONFORMING_GOODS": {"N853"},
    "ACCEPTABLE_FOR_DIRECT_TRANSIT": {"C640", "N853", "C085"},
    "ACCEPTABLE_FOR_INDIRECT_TRANSIT": {"C640", "N853", "C085"},
    "ACCEPTABLE_FOR_TRANSIT_TO_US_OR_NATO_BASE": {"C640", "N853", "C085"},
    "ACCEPTABLE_FOR_ONWARD_TRANSPORTATION": {"C678", "C085"},
    "ACCEPTABLE_FOR_ONWARD_TRAVEL": {"C640"},
    "ACCEPTABLE_FOR_TRANSFER": {"C678", "C085"},
    "ACCEPTABLE_FOR_TRANSHIPMENT": {"N853", "C085"},
    "97": {"C678", "C085"},
    "35": {"C640"},
    "124": {"C678", "C085"},
    "99": {"C640", "N853", "C085"},
    "146": {"N853", "C085"},
}
"""Decisions and statuses that only some types of CHED can have (Impl. Reg. (EU) 2019/1715, Annex II, the boxes of part II)."""

# UNECE 4405 as TRACES uses it.
TRACES = {
    "1": "pending",
    "42": "pending",
    "47": "pending",
    "41": "refused",
    "122": "partially_refused",
    "44": "withdrawn",
    "55": "withdrawn",
    "64": "withdrawn",
    "68": "withdrawn",
}
PROCEDURE_OF_ITS_NAME = {"97": TRANSIT, "35": TRANSIT, "99": TRANSIT, "124": TRANSIT, "146": set()}
CATCH = {
    "DRAFT": "pending",
    "SUBMITTED": "pending",
    "VALID": "valid",
    "REJECTED": "refused",
    "CANCELLED": "withdrawn",
    "REPLACED": "withdrawn",
}
DUAL_USE = {
    "VALID": "valid",
    "SUSPENDED": "suspended",
    "REVOKED": "refused",
    "ANNULLED": "refused",
    "DENIED": "refused",
    "EXPIRED": "expired",
    "EXHAUSTED": "refused",
}

EFFECT = {
    "valid": "release",
    "pending": "hold",
    "refused": "refuse",
    "withdrawn": "refuse",
    "suspended": "hold",
    "partially_refused": "hold",
    "expired": "refuse",
    "not_yet_valid": "hold",
    "not_found": "hold",
    "undetermined": "hold",
    "unrouted": "hold",  # this is no answer, from whomever it comes
}


def is_asked(kind: str, procedure: str) -> bool:
    """Whether an authority is asked about this type under this procedure (table 2)."""
    if kind in {"C640", "N853", "C678", "C085"}:
        return procedure not in EXPORT
    if kind == "C673":
        return procedure not in EXPORT | TRANSIT
    return procedure in (TRANSIT if kind == "X072" else EXPORT)


def effect(kind: str, procedure: str, stage: str, told: str, decision: str) -> str:
    """What becomes of the goods."""
    if stage == "supplementary":  # released already: findings only
        return "release"
    found = _of_document(kind, procedure, told, decision)
    if kind == "X072" and procedure in EXPORT and found == "release":
        return "hold"  # the goods need an export licence (table 3), and a transit permit is none
    if kind == "C673" and procedure in TRANSIT and found == "release":
        return "hold"  # fish that departs where it entered the Union needs a CHED (table 3), and a catch certificate is none
    return found


def _of_document(kind: str, procedure: str, told: str, decision: str) -> str:
    if told.startswith("an officer: "):
        return EFFECT[told.removeprefix("an officer: ")]
    if not is_asked(kind, procedure):
        return "hold"  # a certificate that nobody is asked about is verified by an officer (section 1, unrouted)
    if told == "silence" or told.startswith("fault "):
        return "hold"
    if told.startswith("no record, "):
        status = told.removeprefix("no record, ")
        return "hold" if status == "valid" else EFFECT[status]
    if kind == "C673":
        status = CATCH.get(told, "undetermined")
        return "hold" if status == "valid" and procedure not in RESERVED | VERIFIED_ONLY else EFFECT[status]
    if kind.startswith("X"):
        status = DUAL_USE.get(told, "undetermined")
        # A registration (X061) and a transit permit are not written off, whatever the procedure.
        counts = kind in {"X060", "X070"}
        return "hold" if status == "valid" and counts and procedure == "19" else EFFECT[status]
    return _ched(kind, procedure, told, decision)


def _ched(kind: str, procedure: str, told: str, decision: str) -> str:
    if decision not in {*TABLE_1, "NOT_ACCEPTABLE", "none"}:
        return "hold"  # not understood, so not determined, whatever else is said
    status, _, successor = told.partition(" with ")
    if status in TRACES:
        return "hold" if successor else EFFECT[TRACES[status]]
    if status != "70" and status not in PROCEDURE_OF_ITS_NAME:
        return "hold"
    if decision == "NOT_ACCEPTABLE":
        return "refuse"
    if kind not in ONLY_OF.get(status, {kind}) or kind not in ONLY_OF.get(decision, {kind}):
        return "hold"  # a document of this type cannot have it, so not determined
    if status == "70":
        # What does not fit is held: which procedures a decision names is derived.
        return "release" if decision != "none" and procedure in TABLE_1[decision] else "hold"
    fits = procedure in PROCEDURE_OF_ITS_NAME[status] and (decision == "none" or procedure in TABLE_1[decision])
    return "release" if fits else "hold"
