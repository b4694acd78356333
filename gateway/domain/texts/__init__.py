"""The texts for people: texts by language, the messages of findings, and lists of names."""
