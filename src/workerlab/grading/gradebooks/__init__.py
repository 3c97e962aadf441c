"""Gradebooks: what other systems read, each made from the journal of a class and from it alone."""
