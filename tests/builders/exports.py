"""Exports of the Union's code lists, in both of their shapes."""

import gzip
import json
from pathlib import Path
from typing import Any


def named(*codes: str, day: str = "2025-02-12", name: str = "SupportingDocumentType", since: str = "2024-12-04") -> Any:
    """An export of all lists, which states its day."""
    entries = [{"state": "valid", "activeFrom": since, "code": code, "description": "text"} for code in codes]
    lists = {name: {"listName": name, "listEntries": entries}, "HScode": {"listName": "HScode", "listEntries": [{}]}}
    return {"messageInformation": {"messageID": "x", "snapshotDate": day}, "lists": lists}


def page(
    *codes: str, number: str = "CL213", field: str = "SupportingDocumentCode", since: str = "04-12-2024", **more: Any
) -> Any:
    """A page of one list, which states no day."""
    entries = [
        {
            "dataitem": [
                {"dataitem_name": field, "dataitem_value": code},
                {"dataitem_name": "RDEntryStatus_state", "dataitem_value": "valid"},
                {"dataitem_name": "RDEntryStatus_activeFrom", "dataitem_value": since},
            ],
            "language": [{"lang_code": "en", "lang_desc": "text"}],
        }
        for code in codes
    ]
    element = {"code_list_code": number, "rdentry": entries, "languagecode": "EN", "snapshotversion": 2}
    return {"name": "x", "elements": [element], "links": more.get("links", [])}


def export_file(folder: Path, name: str, content: Any) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    text = content if isinstance(content, bytes) else json.dumps(content).encode()
    path.write_bytes(gzip.compress(text) if name.endswith(".gz") else text)
    return path
