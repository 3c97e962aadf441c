def explore() -> None:
    "x"
def replay() -> None:
    "x"
