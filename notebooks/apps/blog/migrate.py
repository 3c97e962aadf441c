"""Make the tables: `python -m blog.migrate`, once, before the workers start."""

import asyncio
import os

import asyncpg

TABLES = """
CREATE TABLE users (name text PRIMARY KEY, password text NOT NULL);
CREATE TABLE sessions (token text PRIMARY KEY, name text NOT NULL REFERENCES users);
CREATE TABLE articles (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    slug text UNIQUE NOT NULL,
    title text NOT NULL,
    author text NOT NULL REFERENCES users,
    likes integer NOT NULL DEFAULT 0,
    created timestamptz NOT NULL DEFAULT clock_timestamp()
);
"""


async def main() -> None:
    database = await asyncpg.connect(os.environ["DATABASE_URL"])
    await database.execute(TABLES)
    await database.close()


if __name__ == "__main__":
    asyncio.run(main())
