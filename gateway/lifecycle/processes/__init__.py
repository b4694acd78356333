"""A serving process among the others: its loops and their signs of life, what it hears, and who waits in it."""
