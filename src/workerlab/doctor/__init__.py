"""Whether this machine has what the labs need: everything is tried out, not looked up."""
