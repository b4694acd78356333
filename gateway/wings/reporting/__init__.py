"""Reports to the Commission about released goods: the records of Surveillance."""
