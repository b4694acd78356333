"""The views of the domain's values for a caller, and the narrower view for a trader."""
