"""Quantity movements at the authorities: the driver, the orders that customs gave, and what a release requires."""
