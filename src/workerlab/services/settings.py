"""The settings by which an app finds its stores, in the form in which it wants them.

An app says in its own files what a setting is called and which form it has: a default in
`os.getenv`, a field of pydantic's settings, a line in `.env`. What it does not say, `--as` does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from workerlab.errors import BadUsage

SCHEMES = {
    "postgres": ("postgres", "postgresql"),
    "redis": ("redis", "valkey"),
    "memcached": ("memcached",),
    "mariadb": ("mysql", "mariadb"),
}
# Settings that usually hold a part of the address. A password may be anything, but not empty.
PARTS: dict[str, dict[str, tuple[str, ...]]] = {
    "postgres": {
        "host": ("POSTGRES_HOST", "POSTGRES_SERVER", "DB_HOST", "PGHOST"),
        "port": ("POSTGRES_PORT", "DB_PORT", "PGPORT"),
        "user": ("POSTGRES_USER", "DB_USER", "PGUSER"),
        "password": ("POSTGRES_PASSWORD", "DB_PASSWORD", "PGPASSWORD"),
        "name": ("POSTGRES_DB", "DB_NAME", "PGDATABASE"),
    },
    "redis": {"host": ("REDIS_HOST",), "port": ("REDIS_PORT",), "name": ("REDIS_DB",)},
    "memcached": {"host": ("MEMCACHED_HOST",), "port": ("MEMCACHED_PORT",)},
    "mariadb": {
        "host": ("MYSQL_HOST", "MARIADB_HOST"),
        "port": ("MYSQL_PORT", "MARIADB_PORT"),
        "user": ("MYSQL_USER", "MARIADB_USER"),
        "password": ("MYSQL_PASSWORD", "MARIADB_PASSWORD"),
        "name": ("MYSQL_DATABASE", "MARIADB_DATABASE"),
    },
}
# … and by the product's own name, whatever the server is for: REDIS_CACHE_HOST, APP_POSTGRES_PORT.
PRODUCTS = {"postgres": "POSTGRES", "redis": "REDIS", "memcached": "MEMCACHED", "mariadb": "MYSQL"}
ENDS = {"host": "HOST|SERVER", "port": "PORT"}
PASSWORD = "workerlab"  # noqa: S105 (nobody is asked for it)
_FIELD = re.compile(
    r"""^\s*(?:export\s+)?(?P<name>[A-Za-z_]\w*)\s*(?::\s*[^=\n]+)?=\s*(?:Field\(\s*(?:default\s*=\s*)?)?"""
    r"""["']?(?P<form>\w+(?:\+\w+)?)://(?!["'\s])""",
    re.MULTILINE,
)
_DEFAULT = re.compile(
    r"""["'](?P<name>[A-Z][A-Z0-9_]*)["']\s*,\s*(?:default\s*=\s*)?["'](?P<form>\w+(?:\+\w+)?)://(?!["'\s])"""
)
_MAKES_AN_APP = re.compile(r"^\w+\s*(:\s*\w+\s*)?=\s*(fastapi\.)?FastAPI\(", re.MULTILINE)


@dataclass(frozen=True)
class Address:
    """Where a store is, in parts, for `{host}` and the like."""

    url: str
    host: str
    port: int
    user: str
    password: str
    name: str

    @classmethod
    def of(cls, url: str) -> Address:
        """The parts of a URL."""
        place = urlsplit(url)
        return cls(
            url, place.hostname or "127.0.0.1", place.port or 0, place.username or "",
            place.password or PASSWORD, place.path.strip("/"),
        )  # fmt: skip

    def written(self, form: str) -> str:
        """The same address with another scheme, such as `postgresql+asyncpg`."""
        return f"{form}://{self.url.partition('://')[2]}"


def defaults_of_postgres(url: str) -> dict[str, str]:
    """What PostgreSQL's clients take where an address does not say it: a migration may leave out the port."""
    address = Address.of(url)
    return {
        name: str(getattr(address, part))
        for part, names in PARTS["postgres"].items()
        for name in names
        if name.startswith("PG") and part != "password"
    }


def usual(
    urls: Mapping[str, str], texts: Iterable[str], has: Callable[[str], object] = find_spec
) -> dict[str, str]:
    """The settings of an app with these sources that lead to the stores: {name: value}.

    urls   by the kind of a store ("postgres"), its address
    has    whether a package is installed where the app runs
    """
    texts = [*texts]
    words = {word.upper() for text in texts for word in re.findall(r"\w+", text)}
    found: dict[str, str] = {}
    for kind, url in urls.items():
        address = Address.of(url)
        for part, names in PARTS[kind].items():
            value = str(getattr(address, part))
            found |= {name: value for name in names if name in words}
            if part in ENDS:
                found |= dict.fromkeys(_called_for(words, kind, ENDS[part]), value)
        if kind == "postgres" and (form := _form_for_sqlalchemy(texts, has)):
            found["DATABASE_URL"] = address.written(form)
        for text in texts:
            for match in (*_FIELD.finditer(text), *_DEFAULT.finditer(text)):
                if match["form"].partition("+")[0].lower() in SCHEMES[kind]:
                    found[match["name"].upper()] = address.written(match["form"])
    return found


def of_this_app(app: str, files: Iterable[tuple[Path, str]]) -> list[str]:
    """The texts among an app's files, without those of other apps beside it.

    A folder may have several services, a file for each, of which one uses SQLAlchemy, say, and another
    does not. A file that makes an app, and that nobody imports, is another service.
    """
    files, file = [*files], Path(app).resolve()
    if file.suffix != ".py":
        return [text for _, text in files]

    def is_another(path: Path, text: str) -> bool:
        beside = path.parent == file.parent and path != file
        if not (beside and _MAKES_AN_APP.search(text)):
            return False
        imported = re.compile(rf"^\s*(from|import)\b.*\b{re.escape(path.stem)}\b", re.MULTILINE)
        return not any(imported.search(other) for place, other in files if place != path)

    return [text for path, text in files if not is_another(path, text)]


def _called_for(words: Iterable[str], kind: str, end: str) -> list[str]:
    """The settings among these words that have the product in their name, and this end."""
    name = re.compile(rf"(\w+_)?{PRODUCTS[kind]}(_\w+)?_({end})")
    others = {*PRODUCTS.values()} - {PRODUCTS[kind]}
    return [
        word for word in words if name.fullmatch(word) and not others.intersection(word.split("_"))
    ]


def _form_for_sqlalchemy(texts: list[str], has: Callable[[str], object]) -> str:
    """The scheme that SQLAlchemy wants; "" where the app does not use it, or corrects ours itself."""
    everything = "\n".join(texts)
    if re.search(r"""["']postgres://["']""", everything):
        return ""
    if "create_async_engine" in everything or "async_engine_from_config" in everything:
        return "postgresql+asyncpg"
    if re.search(r"\bcreate_engine\b|\bengine_from_config\b", everything):
        return "postgresql" if has("psycopg2") else "postgresql+psycopg"
    return ""


def asked_for(urls: Mapping[str, str], templates: Iterable[str]) -> dict[str, str]:
    """The settings that the reader has written: NAME=FORM, with {host}, {port}, {user}, {password},
    {name} and {url} of the store. With several stores the form's scheme says which, or {redis.host}.

    Raises BadUsage.
    """
    addresses = {kind: Address.of(url) for kind, url in urls.items()}
    found = {}
    for template in templates:
        name, equals, form = template.partition("=")
        if not equals or not name.strip().isidentifier():
            advice = "write it as SQLALCHEMY_URL='postgresql+asyncpg://{user}@{host}:{port}/{name}'"
            raise BadUsage(f"--as {template!r} gives no setting a value", advice)
        if not addresses:
            raise BadUsage(f"--as {name} needs a store", "start one with it: --with postgres")
        one = _store_of(form, addresses)
        try:
            found[name.strip()] = form.format(**addresses, **(vars(one) if one else {}))
        except (KeyError, AttributeError, IndexError, ValueError) as error:
            known = "{user} {password} {host} {port} {name} {url}"
            stores = ", ".join(f"{{{kind}.host}}" for kind in addresses)
            advice = f"it may have {known}, and with several stores {stores}"
            raise BadUsage(f"--as {name}: {form!r} cannot be filled ({error})", advice) from None
    return found


def _store_of(form: str, addresses: Mapping[str, Address]) -> Address | None:
    """The store whose parts a form has: the only one, else that of its scheme."""
    if len(addresses) == 1:
        return next(iter(addresses.values()))
    scheme = form.partition("://")[0].partition("+")[0].lower()
    return next((addresses[kind] for kind in addresses if scheme in SCHEMES[kind]), None)
