"""ICSMS, the information and communication system for market surveillance: what becomes of products that customs suspended."""
