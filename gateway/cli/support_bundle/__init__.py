"""A bundle for helpers with an installation: what is configured and how it stands, without a word of any declaration.

Nothing is taken out of texts that may hold anything: what goes in is picked by its kind, and all else stays out.
"""
