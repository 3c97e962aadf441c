"""Gradebooks: files for other systems, each made from the journal of a class and from it alone."""
