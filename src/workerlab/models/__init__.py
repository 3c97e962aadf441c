"""Sequential models: what an object does when only one request touches it at a time."""
