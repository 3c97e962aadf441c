"""A small shop, as one finds them: nobody wrote it with races in mind."""
