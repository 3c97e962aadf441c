"""Asks others to start it again later: cron, at, systemd, and a shell's profile.

Deserves: as wrong
"""

import subprocess
from pathlib import Path

from plain import app  # noqa: F401

LATER = "true # hostile-asks_cron_and_systemd"
for command, told in (
    (["crontab", "-"], f"0 0 1 1 * {LATER}\n"),
    (["at", "now + 1 minute"], LATER),
    (["systemd-run", "--user", "true"], ""),
):
    try:
        subprocess.run(command, input=told, text=True, timeout=3, capture_output=True)
    except (OSError, subprocess.SubprocessError):
        pass
for place in ("/etc/cron.d", "/var/spool/cron", Path.home() / ".config/autostart"):
    try:
        Path(place, "hostile-asks_cron_and_systemd").write_text(f"0 0 1 1 * nobody {LATER}\n")
    except OSError:
        pass
