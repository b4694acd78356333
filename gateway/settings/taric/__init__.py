"""Loading of table 3 from an extract of TARIC: `vocabulary` explains its codes, `extract` reads it, `measures` makes rows.

An extract is a table with one line for each condition of a measure: goods code, origin, measure type, condition code,
certificate and action, with the days on which the measure holds. Certificates of one condition code are alternatives; several
codes on one measure are asked for together.
"""

from gateway.settings.taric.extract import Condition, Extract, read_extract
from gateway.settings.taric.measures import Loaded, make_rows
from gateway.settings.taric.rows_file import write_folder
from gateway.settings.taric.vocabulary import CodeMeanings, read_meanings

__all__ = [
    "CodeMeanings",
    "Condition",
    "Extract",
    "Loaded",
    "make_rows",
    "read_extract",
    "read_meanings",
    "write_folder",
]
