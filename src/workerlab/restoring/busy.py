"""What stands in the way of putting data back."""


class Busy(Exception):
    """A worker has left a transaction open: only its end, or the worker's, frees the data."""
