"""The contract of lab 18: jobs that some worker runs, once, and a sink that knows every call."""
