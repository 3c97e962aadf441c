"""Lab 01: a server that is ill, and the answer that has to say of what."""
