"""What the holder of a lease does with a declaration: assess it, move quantities, decide, and say what is to be committed."""
