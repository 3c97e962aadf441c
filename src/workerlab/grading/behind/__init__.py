"""Checks after a search: the same requests, held where no line of the app shows the step."""
