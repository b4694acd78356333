"""The adapter of the F-gas Portal: registrations, and the accounts of quota and of equipment by holder and year."""
