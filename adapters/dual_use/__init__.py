"""Export authorisations for dual-use items (Regulation (EU) 2021/821)."""
