"""Golden cases: what officers signed, the near misses beside them, and whether the rules still say so."""
