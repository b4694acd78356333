"""`gateway replay --since`: many past decisions made again, and what would change reported in a terminal and on a page."""
