"""The price that many ask for at once, and that is to be asked for once."""
