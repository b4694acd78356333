"""Reading of exports of the Union's code lists into dated rows.

`vocabulary` names the lists that are read, `exports` reads one file of either shape, `snapshots` puts files together to whole
lists of a day, `history` makes rows of what was sighted and what was missing, `rows_file` writes them as a folder of tables.

The lists are those of transit and export, and an entry's own date is that of its last change: a code is known from the export
that names it first, or from an earlier row of ours, and ends with the first later export that lacks it.
"""

from gateway.settings.code_lists.exports import ExportFile, read_export
from gateway.settings.code_lists.history import ListChange, LoadedCodes, make_rows
from gateway.settings.code_lists.rows_file import rows_of, write_folder
from gateway.settings.code_lists.snapshots import Snapshot, put_together
from gateway.settings.code_lists.vocabulary import UnionList, read_lists

__all__ = [
    "ExportFile",
    "ListChange",
    "LoadedCodes",
    "Snapshot",
    "UnionList",
    "make_rows",
    "put_together",
    "read_export",
    "read_lists",
    "rows_of",
    "write_folder",
]
