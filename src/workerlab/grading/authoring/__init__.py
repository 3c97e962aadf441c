"""For instructors: a new lab to begin with, and the copy of the repository for students."""
