"""Golden cases: a declaration, what the authorities answered, and the decision that has to come of it."""
