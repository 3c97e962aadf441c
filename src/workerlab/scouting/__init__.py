"""All racy pairs of a service: `workerlab scout`."""
