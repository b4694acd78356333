"""The set of tables that counts: published, put into force at its hour, and held against the files."""
