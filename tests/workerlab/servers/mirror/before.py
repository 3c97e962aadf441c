"""What is imported before anything of the app; so this is imported first of all."""

import sys

BEFORE = sorted({name.partition(".")[0] for name in sys.modules} - {"app", "before"})
