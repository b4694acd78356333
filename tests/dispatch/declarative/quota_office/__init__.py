"""The Quota Office of these tests, as a partner would write it: one file, recordings, a simulator."""
