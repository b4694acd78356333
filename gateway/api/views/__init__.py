"""How the values of the domain are shown to a caller, and the narrower view that a trader gets."""
