"""A class: many submissions graded side by side, in one folder that is valid at every instant."""
