"""What is asked, and whom."""
