"""Questions about a service, asked from a file, from a test, or by the command."""
