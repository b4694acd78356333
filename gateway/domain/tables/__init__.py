"""The tables of rules: their rows, another administration's profile, and what of them is in force on a day."""
