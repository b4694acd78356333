"""`make try-deliveries`: what is delivered is built and run as far as this machine can, and `deploy/tried.toml` says how far."""
