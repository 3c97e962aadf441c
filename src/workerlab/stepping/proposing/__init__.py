"""Questions to an app that nobody has written down: from its own description, and from trying."""
