"""MariaDB: from MARIADB_URL, else a private server."""

from __future__ import annotations

import shutil
from pathlib import Path

from workerlab.processes.child import Child
from workerlab.services.base import Service, ask, stranger

DATABASE = "workerlab"
SETTINGS = {
    "bind-address": "127.0.0.1",
    "skip-name-resolve": "1",
    "max-connections": "200",
    "innodb-buffer-pool-size": "16M",
    "innodb-log-file-size": "8M",
    "innodb-flush-log-at-trx-commit": "2",  # a killed process loses nothing by it
    "performance-schema": "0",
}
FIRST_WORDS = f"""
CREATE DATABASE IF NOT EXISTS {DATABASE};
CREATE USER IF NOT EXISTS '{DATABASE}'@'%';
GRANT ALL ON `{DATABASE}`.* TO '{DATABASE}'@'%';
GRANT ALL ON `{DATABASE}\\_%`.* TO '{DATABASE}'@'%';
DROP USER IF EXISTS 'root'@'127.0.0.1', 'root'@'::1';
"""
# One command, so that the lifeline holds the installation too; a half-made one is made anew.
SCRIPT = """
set -e
cd "$1"
install="$2"
server="$3"
shift 3
if [ ! -e made ]; then
    rm -rf data
    "$install" --no-defaults --datadir="$PWD/data" --tmpdir="$PWD" --auth-root-authentication-method=normal \\
        --skip-test-db --skip-name-resolve --innodb-log-file-size=8M >install.log 2>&1 ||
        { cat install.log; exit 1; }
    touch made
fi
exec "$server" --no-defaults --datadir="$PWD/data" --tmpdir="$PWD" "$@"
"""


class MariaDB(Service):
    """A MariaDB server; yields "mysql://workerlab@127.0.0.1:PORT/workerlab".

    Tortoise takes that URL. Started as root, the server runs as `nobody`. Raises ServiceMissing.
    """

    name = "MariaDB"
    variable = "MARIADB_URL"
    install = (
        "install your system's MariaDB (Debian: apt install mariadb-server-core "
        "mariadb-client-core)"
    )

    def _new_child(self) -> Child:
        return Child(user=stranger(), store=True, many_files=True)

    @property
    def socket(self) -> Path | None:
        return self.folder / "mariadb.sock" if self.folder else None

    def _open(self, child: Child, port: int) -> None:
        server, install = _find("mariadbd"), _find("mariadb-install-db")
        if not (server and install and _find("my_print_defaults")):  # which `install` asks
            raise self._missing("no `mariadbd` on PATH")
        words = child.folder / "first_words.sql"
        settings = SETTINGS | {
            "port": str(port),
            "socket": str(child.folder / "mariadb.sock"),
            "pid-file": str(child.folder / "mariadb.pid"),
            "init-file": str(words),
        }
        options = [f"--{name}={value}" for name, value in settings.items()]
        arguments = [str(child.folder), install, server, *options]
        child.open(["/bin/sh", "-c", SCRIPT, "mariadb", *arguments], cwd="/")
        words.write_text(FIRST_WORDS)
        words.chmod(0o644)

    def _url(self, port: int) -> str:
        return f"mysql://{DATABASE}@127.0.0.1:{port}/{DATABASE}"

    def _is_ready(self) -> bool:
        """It greets each client, but only after it has read its first command."""
        return b"MariaDB" in ask(self.socket, b"")


def _find(name: str) -> str | None:
    """On PATH, or where Debian puts what only root is expected to run."""
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
