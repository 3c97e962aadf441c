"""Processes that we start, and all that they start: watched, limited, confined, and gone after."""
