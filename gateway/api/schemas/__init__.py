"""The bodies of calls, which are checked, and models of answers for the documentation."""
