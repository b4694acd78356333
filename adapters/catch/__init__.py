"""CATCH: catch certificates and processing statements (Council Regulation (EC) No 1005/2008)."""
