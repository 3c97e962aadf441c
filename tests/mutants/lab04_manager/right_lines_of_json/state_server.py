"""The process that owns the count."""

import asyncio
import hmac
import json
import os

count = 0


async def serve(reader, writer):
    global count
    while told := await reader.readline():
        told = json.loads(told)
        if not hmac.compare_digest(told["key"], os.environ["STATE_KEY"]):
            break
        count = {"add": count + 1, "get": count, "reset": 0}[told["question"]]
        writer.write(json.dumps({"count": count}).encode() + b"\n")
        await writer.drain()
    writer.close()


async def main():
    where = os.environ["STATE_SERVER"]
    if where.startswith("/"):
        if os.path.exists(where):
            os.unlink(where)
        server = await asyncio.start_unix_server(serve, where)
    else:
        host, _, port = where.rpartition(":")
        server = await asyncio.start_server(serve, host, int(port))
    await server.serve_forever()


asyncio.run(main())
