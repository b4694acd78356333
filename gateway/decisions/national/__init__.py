"""Another administration's matrix and codes: which of its own codes it gives, beside the decision."""
