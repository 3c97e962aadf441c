"""A person chooses who moves next."""
