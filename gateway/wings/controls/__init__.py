"""Control orders: goods that customs examines before they are released, or after that."""
