"""Another administration's matrix and codes, given beside the decision."""
