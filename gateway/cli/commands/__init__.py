"""The commands of `gateway`, a file for each."""
