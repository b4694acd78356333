"""What people read: texts by language, the messages of findings, and lists of names."""
