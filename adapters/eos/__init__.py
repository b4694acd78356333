"""EOS: the Union's register of economic operators, by its public services."""
