"""Everybody is innocent."""


async def diagnose(client, url: str) -> str:
    await client.get(f"{url}/report")
    return "one shared object"
