def serve() -> None:
    "x"
def burst() -> None:
    "x"
