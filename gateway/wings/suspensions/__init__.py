"""Suspensions: goods that the law holds until words are said or a clock runs out."""
