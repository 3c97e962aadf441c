"""A plain function, which nobody can await."""


def diagnose(client, url: str) -> str:
    return "one shared object"
