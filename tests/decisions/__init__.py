"""The judgement: its engine, its rules and its tables."""
