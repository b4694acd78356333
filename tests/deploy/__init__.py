"""What is delivered for operators under `deploy/`, read and run by the programs that it is for."""
