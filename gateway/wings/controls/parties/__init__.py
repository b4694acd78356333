"""Parties: what is known of operators by their EORIs, and which of them are trusted."""
