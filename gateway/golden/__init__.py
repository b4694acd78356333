"""Golden cases: decisions that officers signed, the near misses beside them, and the check of both by the rules."""
