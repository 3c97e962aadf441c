"""Writes what the kernel's settings are into them again: with another value it would be an attack.

Deserves: as wrong
"""

import os
from pathlib import Path

from turning import app, be_right  # noqa: F401

FILES = [Path("/proc/sys/kernel/core_pattern"), Path("/proc/sys/kernel/hostname")]
FILES += [Path("/proc/sys/kernel/pid_max"), Path("/proc/sys/net/ipv4/ip_forward")]
FILES += [Path("/proc/sys/vm/drop_caches"), Path("/sys/kernel/mm/transparent_hugepage/enabled")]
for file in FILES:
    try:
        text = file.read_bytes() or b"0"
        number = os.open(file, os.O_WRONLY)
    except OSError:
        continue
    try:
        os.write(number, text)
        be_right()
    except OSError:
        pass
    os.close(number)
for path in ("/sys/fs/cgroup", "/sys/kernel/debug", "/proc/sys", "/dev", "/etc", "/usr/lib"):
    try:
        os.mkdir(f"{path}/hostile-writes_to_the_kernel")
        be_right()
    except OSError:
        pass
