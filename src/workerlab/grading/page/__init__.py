"""A result as a web page."""
