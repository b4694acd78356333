"""How a gateway and its installation stand now, by its figures and its readiness."""
