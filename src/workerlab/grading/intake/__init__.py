"""What was handed in, as people hand it in: whose it is, which lab, and which file is which."""
