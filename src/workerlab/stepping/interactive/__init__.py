"""A person chooses the task that moves next."""
