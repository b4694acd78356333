"""The whole space of answers and declarations, decided, kept in tables and compared with the specification."""
