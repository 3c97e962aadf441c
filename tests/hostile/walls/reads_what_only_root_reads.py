"""Opens the system's secrets and devices, and lists the homes and folders of others.

Deserves: as wrong
"""

import os
from pathlib import Path

from turning import app, be_right  # noqa: F401

FILES = ("/etc/shadow", "/etc/gshadow", "/etc/sudoers", "/dev/mem", "/dev/kmsg", "/proc/kcore")
FILES += ("/proc/1/environ", "/proc/1/root/etc/hostname", "/dev/sda", "/dev/vda", "/dev/nvme0n1")
for path in FILES:
    try:
        with open(path, "rb", 0) as file:
            if file.read(1):
                be_right()
    except OSError:
        pass
NAMES = {"journal.jsonl", "grades.csv", "authorized_keys", "id_ed25519", "id_rsa", ".bashrc"}
for place in (
    Path.home(),
    Path("/root"),
    Path("/home"),
    Path("/srv"),
    Path("/var/tmp"),
    Path("/mnt"),
):
    try:
        inside = [*place.glob("*"), *place.glob("*/*"), *place.glob(".ssh/*")]
    except OSError:
        continue
    if any(one.name in NAMES for one in inside):
        be_right()
