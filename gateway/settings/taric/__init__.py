"""Loading of TARIC: files become records, records become measures as the gateway judges them, and measures become parts.

`xml` (TARIC3), `answers` (a tariff service's JSON) and `conditions_csv` read files as `records`; `extraction` keeps them, so that
a daily file can follow; `interpretation` judges measures with the meanings of `vocabulary`; `parts` are what a set of tables names
by digest; `load` goes the whole way, and `folder` keeps what came of it.
"""

from gateway.settings.taric.certificates import CertificateRows, certificate_rows
from gateway.settings.taric.extraction import Extraction
from gateway.settings.taric.folder import TaricFolder, read_folder
from gateway.settings.taric.load import LoadedTaric, load_files
from gateway.settings.taric.parts import TaricManifest, manifest_of, missing, read_taric, texts_of
from gateway.settings.taric.strangers import strange_codes
from gateway.settings.taric.units import UnitRows, unit_rows
from gateway.settings.taric.vocabulary import CodeMeanings, read_meanings

__all__ = [
    "CertificateRows",
    "CodeMeanings",
    "Extraction",
    "LoadedTaric",
    "TaricFolder",
    "TaricManifest",
    "UnitRows",
    "certificate_rows",
    "load_files",
    "manifest_of",
    "missing",
    "read_folder",
    "read_meanings",
    "read_taric",
    "strange_codes",
    "texts_of",
    "unit_rows",
]
