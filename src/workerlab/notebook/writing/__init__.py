"""Cells to write in: an exercise of a chapter, checked as soon as its cell is run."""
