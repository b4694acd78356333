"""The elements of declarations that rows may be about; the wider ones (containers, means of transport, marks) are none of them."""

FIGURES = ("net_mass", "gross_mass", "supplementary_units", "statistical_value", "invoiced")
ROLES = ("declarant", "importer", "exporter", "representative", "holder")
COUNTED = ("items", "documents", "previous_documents", "additional_codes")
LISTED = (*ROLES, "previous_document", "document", "origin")
"""Those that lists are held against."""
