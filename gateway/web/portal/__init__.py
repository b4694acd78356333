"""The trader portal: a trader's own declarations, what is to do about them, and what can be checked before lodging."""
