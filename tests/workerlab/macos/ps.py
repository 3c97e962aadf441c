"""`ps REAL_PROC …`: what macOS's `ps` accepts and prints, as far as the tests ask it.

One state for all threads of a process, that of the busiest; processor time in hundredths of a
second; each column in an -o of its own, since what follows its "=" is a heading up to the end.
"""

import os
import sys

STATES = "RUSITZ"  # the first that a thread has is the process's
FROM_LINUX = {"D": "U", "t": "T", "X": "Z"}
TICKS, PAGE = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")


def main(proc: str, words: list[str]) -> int:
    columns, pids = [], None
    while words:
        match words:
            case ["-A", *words]:
                pids = [int(name) for name in os.listdir(proc) if name.isdigit()]
            case ["-ww", *words]:
                pass
            case ["-p", listed, *words]:
                pids = list(map(int, listed.split(",")))
            case ["-o", column, *words] if column.partition("=")[1]:
                columns.append(column.partition("="))
            case _:
                print(f"ps: illegal option or argument -- {words[0]}", file=sys.stderr)
                return 1
    if any(heading for _, _, heading in columns):
        print(" ".join(heading or name.upper() for name, _, heading in columns))
    found = [row for pid in sorted(pids) if (row := told(f"{proc}/{pid}", columns))]
    print(*found, sep="\n")
    return 0 if found else 1


def told(place: str, columns: list) -> str | None:
    try:
        return " ".join(COLUMNS[name](place) for name, *_ in columns).rstrip()
    except (FileNotFoundError, ProcessLookupError):
        return None


def stat(place: str) -> list[str]:
    return read(f"{place}/stat").rpartition(")")[2].split()


def state(place: str) -> str:
    letters = [stat(f"{place}/task/{thread}")[0] for thread in os.listdir(f"{place}/task")]
    return min((FROM_LINUX.get(one, one) for one in letters), key=STATES.index, default="Z").ljust(
        4
    )


def time(place: str) -> str:
    hundredths = 100 * sum(map(int, stat(place)[11:13])) // TICKS
    return f"{hundredths // 6000:3}:{hundredths // 100 % 60:02}.{hundredths % 100:02}"


def program(place: str) -> str:
    try:
        return os.readlink(f"{place}/exe")
    except PermissionError:
        return read(f"{place}/comm").strip()


def read(path: str) -> str:
    with open(path, errors="replace") as file:
        return file.read()


COLUMNS = {
    "pid": lambda place: os.path.basename(place).rjust(5),
    "ppid": lambda place: stat(place)[1].rjust(5),
    "stat": state,
    "time": time,
    "rss": lambda place: str(int(read(f"{place}/statm").split()[1]) * PAGE // 1024).rjust(6),
    "ucomm": lambda place: read(f"{place}/comm").strip().ljust(16),
    "comm": program,
    "args": lambda place: read(f"{place}/cmdline").replace("\0", " "),
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
