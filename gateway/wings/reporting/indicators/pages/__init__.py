"""The pages of indicators in the console."""
