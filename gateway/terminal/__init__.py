"""What commands stand on: consoles, exit statuses, moments, the database of this machine and the gateway that is called."""
