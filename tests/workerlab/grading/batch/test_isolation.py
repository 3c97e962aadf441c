"""What a submission can see and reach in its sandbox, compared with what it could without one."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sandboxes import free, in_grading_process, in_sandbox, needed, python

from workerlab.grading.batch import isolation
from workerlab.grading.manifest import root
from workerlab.grading.result import CheckResult
from workerlab.processes import sandbox as sandbox_module
from workerlab.processes.sandbox import python as pythons_folders

ROOT = Path(__file__).parents[4]
READS = """
import os, sys
for path in sys.argv[1:]:
    try:
        print("read", sorted(os.listdir(path)) if os.path.isdir(path) else open(path, "rb").read(1))
    except OSError as error:
        print(type(error).__name__)
"""
WRITES = """
import os, sys
for folder in sys.argv[1:]:
    try:
        with open(os.path.join(folder, "written"), "x") as file:
            file.write("by a submission")
        print("wrote")
    except OSError as error:
        print(type(error).__name__)
"""
STATUS = """
print(*(line for line in open("/proc/self/status") if line.startswith({words})))
"""


@pytest.fixture(autouse=True)
def sandbox() -> None:
    needed()


@pytest.fixture
def handed_in(tmp_path: Path) -> Path:
    folder = tmp_path / "handed-in" / "ada"
    folder.mkdir(parents=True)
    (folder / "app.py").write_text("app = 1\n")
    return folder


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen]:
    """A process of the grader's own user, outside."""
    process = subprocess.Popen(["sleep", "1000"])
    yield process
    process.kill()
    process.wait()


def test_it_reads_no_solution_no_check_no_mark_and_no_other_submission(
    repository: Path, tmp_path: Path, handed_in: Path
) -> None:
    """All of this lies below /tmp, or where the tests' temporary folders are."""
    journal = tmp_path / "out" / "journal.jsonl"
    journal.parent.mkdir()
    journal.write_text("{}\n")
    bob = tmp_path / "handed-in" / "bob.zip"
    bob.write_bytes(b"PK")
    secret = [
        repository / "solutions" / "lab50_small" / "app.py",
        repository / "tests" / "labs" / "test_lab50_small.py",
        repository / "labs" / "lab50_small" / "lab.toml",
        handed_in / "app.py",  # the copy that is graded is elsewhere
        bob,
        journal,
    ]
    assert "Error" not in free(READS, *secret)
    told = in_sandbox(READS, *secret, source=handed_in).splitlines()
    assert set(told) <= {"FileNotFoundError", "PermissionError"} and len(told) == len(secret)
    by_the_grader = in_grading_process(python(READS, *secret), source=handed_in, lab="lab50_small")
    of_the_grader = [line.partition(" ")[0] for line in by_the_grader.splitlines()]
    needed_by_it = [False, True, True, True, False, False]  # what has no need of it, is not there
    assert [word == "read" for word in of_the_grader] == needed_by_it


def test_it_reads_nothing_of_this_repository_but_the_package() -> None:
    assert root().resolve() == ROOT
    secret = [ROOT / name for name in ("solutions", "tests", "labs", ".git", "README.md")]
    secret = [path for path in secret if path.exists()]
    assert len(secret) > 3 and "Error" not in free(READS, *secret)
    assert set(in_sandbox(READS, *secret).splitlines()) <= {"FileNotFoundError", "PermissionError"}


def test_of_home_folders_it_sees_what_leads_to_python_alone() -> None:
    for home in {
        Path.home(),
        Path("/root"),
        Path("/home"),
        Path("/srv"),
        Path("/var"),
        Path("/mnt"),
    }:
        told = in_sandbox(READS, home).strip()
        inner = [path for path in pythons_folders() if path.is_relative_to(home)]
        leading = sorted({path.relative_to(home).parts[0] for path in inner})
        allowed = {"FileNotFoundError", "PermissionError", f"read {leading}" if leading else ""}
        assert told in allowed, f"{home}: {told}"


@pytest.mark.skipif(os.getuid() != 0, reason="who is not root cannot read /etc/shadow anyway")
def test_started_by_root_it_is_a_user_without_a_name_and_without_powers() -> None:
    assert "Error" not in free(READS, "/etc/shadow")
    assert in_sandbox(READS, "/etc/shadow").strip() == "PermissionError"
    who = "import os; print(os.getuid(), os.getgid(), os.getgroups())"
    first, second = in_sandbox(who), in_sandbox(who)
    assert first != second, "two submissions are two users"
    user, group, *groups = first.split()
    assert isolation.USERS[0] <= int(user) == int(group) <= isolation.USERS[1]
    assert groups == ["[]"]


def test_it_has_no_powers_and_cannot_get_any() -> None:
    told = in_sandbox(STATUS.format(words=("CapEff", "CapPrm", "NoNewPrivs"))).split()
    assert told == ["CapPrm:", "0" * 16, "CapEff:", "0" * 16, "NoNewPrivs:", "1"]


def test_every_namespace_but_the_users_is_its_own() -> None:
    links = "import os, sys; print(*(os.readlink(f'/proc/self/ns/{n}') for n in sys.argv[1:]))"
    names = ["pid", "net", "ipc", "mnt", "uts"]
    outside, inside = free(links, *names).split(), in_sandbox(links, *names).split()
    assert len(inside) == len(names) and not set(inside) & set(outside)


def test_it_neither_sees_nor_ends_a_process_outside(sleeper: subprocess.Popen) -> None:
    script = """
import os, signal, sys
print(sys.argv[1] in os.listdir("/proc"), flush=True)
try:
    os.kill(int(sys.argv[1]), int(sys.argv[2]))
    print("sent", flush=True)
except OSError as error:
    print(type(error).__name__, flush=True)
if int(sys.argv[2]) and sys.argv[1] not in os.listdir("/proc"):
    os.kill(-1, signal.SIGKILL)  # all that it may end: of an ordinary user, its grading process too
"""
    assert free(script, sleeper.pid, 0).split() == ["True", "sent"]
    sandbox = isolation.sandbox_of(isolation.sandbox_order(), Path("/nonexistent"))
    command = isolation.isolated_command(sandbox.command(python(script, sleeper.pid, 9)))
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert done.stdout.split() == ["False", "ProcessLookupError"]
    assert sleeper.poll() is None


@pytest.mark.skipif(os.getuid() != 0, reason="without root a submission has the user of its grader")
def test_started_by_root_it_cannot_end_its_own_grader() -> None:
    script = "import os\ntry: os.kill(1, 9)\nexcept PermissionError: print('refused')"
    assert in_sandbox(script).strip() == "refused"
    assert free("import os; os.kill(1, 0); print('may')").strip() == "may"


def test_it_reaches_neither_the_outer_loopback_nor_a_socket_without_a_file() -> None:
    script = """
import socket, sys
for kind, place in ((socket.AF_INET, ("127.0.0.1", int(sys.argv[1]))),
                    (socket.AF_UNIX, "\\0" + sys.argv[2]), (socket.AF_INET, ("192.0.2.1", 80))):
    with socket.socket(kind, socket.SOCK_STREAM) as line:
        line.settimeout(0.2)
        try:
            line.connect(place)
            print("connected")
        except OSError as error:
            print(error.strerror)
"""
    name = f"workerlab-{secrets.token_hex(6)}"
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.socket(socket.AF_UNIX) as other:
        other.bind(f"\0{name}")
        other.listen()
        words = (listener.getsockname()[1], name)
        assert free(script, *words).splitlines()[:2] == ["connected"] * 2
        refused, unreachable = "Connection refused", "Network is unreachable"
        assert in_sandbox(script, *words).splitlines() == [refused, refused, unreachable]


def test_it_has_a_loopback_of_its_own() -> None:
    script = """
import socket
with socket.create_server(("127.0.0.1", 0)) as one:
    socket.create_connection(one.getsockname(), 1).close()
    print("met")
"""
    assert in_sandbox(script).strip() == "met"


def test_it_writes_nowhere_but_in_its_own_memory(repository: Path, tmp_path: Path) -> None:
    """Of what is made for it alone, only the two places whose size is bounded."""
    system = ["/usr", "/etc", "/var", "/", "/proc", "/dev"]
    outside = [tmp_path, repository / "labs", Path.home(), ROOT, *system, *pythons_folders()]
    own = [Path("/tmp"), Path("/dev/shm")]
    told = dict(zip(outside, in_sandbox(WRITES, *outside, *own).splitlines(), strict=False))
    bounded = [one for one in outside if any(Path(one).is_relative_to(place) for place in own)]
    assert [one for one in outside if told[one] == "wrote" and one not in bounded] == []
    assert in_sandbox(WRITES, *own).split() == ["wrote", "wrote"]
    assert [place for place in (*outside, *own) if Path(place, "written").exists()] == []
    assert free(WRITES, tmp_path).strip() == "wrote"


def test_python_is_seen_also_where_it_lies_in_what_is_hidden(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A repository below /tmp, with its virtual environment in it."""
    if not repository.resolve().is_relative_to(sandbox_module.SHARED):
        pytest.skip("temporary folders are not below /tmp here: nothing of them is shown anyway")
    inner = repository.resolve() / ".venv"
    inner.mkdir()
    for module in (isolation, sandbox_module):
        monkeypatch.setattr(module, "python", lambda: [*pythons_folders(), inner])
    script = """
import os, sys
print(*os.listdir(sys.argv[1]))
for place in sys.argv[1:]:
    try:
        os.mkdir(f"{place}/new")
    except OSError as error:
        print(error.strerror)
"""
    command = isolation.sandbox_of(isolation.sandbox_order(), Path("/nonexistent")).command(
        python(script, inner.parent, inner)
    )
    assert in_grading_process(command).splitlines() == [".venv", *["Read-only file system"] * 2]


def test_a_package_below_tmp_can_be_imported_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path.resolve() / "installed" / "package"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("print('imported')\n")
    (package.parent / "beside.py").touch()
    for module in (isolation, sandbox_module):
        monkeypatch.setattr(module, "python", lambda: [*pythons_folders(), package])
    script = "import os, sys; sys.path.append(sys.argv[1]); import package"
    told = in_sandbox(f"{script}; print(os.listdir(sys.argv[1]))", package.parent)
    assert told.split() == ["imported", "['package']"]


def test_its_shared_memory_is_its_own() -> None:
    name = f"workerlab-{secrets.token_hex(6)}"
    ours, theirs = Path("/dev/shm", name), Path("/dev/shm", f"{name}-theirs")
    ours.write_bytes(b"ours")
    try:
        script = f"import os; open({str(theirs)!r}, 'w').close(); print(os.listdir('/dev/shm'))"
        assert in_sandbox(script).strip() == str([theirs.name])
        assert not theirs.exists() and ours.read_bytes() == b"ours"
    finally:
        ours.unlink()


@pytest.mark.parametrize("place", ["/dev/shm", "/tmp"])
def test_what_it_can_keep_is_bounded(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    script = """
import os, sys
file = os.open(os.path.join(sys.argv[1], "big"), os.O_CREAT | os.O_WRONLY)
try:
    while True:
        os.write(file, bytes(1 << 16))
except OSError as error:
    print(error.strerror, os.fstat(file).st_size)
"""
    monkeypatch.setitem(isolation.OWN, place, 1 << 20)
    *words, size = in_sandbox(script, place).split()
    assert " ".join(words) == "No space left on device" and int(size) <= 1 << 20


def test_without_bubblewrap_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert isolation.label() == "isolated by bubblewrap"
    monkeypatch.setattr(isolation, "CONTAINER", ())
    monkeypatch.setenv("PATH", str(tmp_path))
    assert isolation.label() == "not isolated: bubblewrap is not installed"
    assert isolation.sandbox_order() == {"bubblewrap": False, "user": None, "cpu": 0.0}


def test_in_a_container_it_says_what_the_boundary_is(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    mark = tmp_path / ".dockerenv"
    monkeypatch.setattr(isolation, "CONTAINER", (str(mark),))
    monkeypatch.setattr(isolation, "why_not", lambda: "bwrap: no")
    assert isolation.label() == "not isolated: bwrap: no"
    assert "sysctl" in isolation.advice()
    mark.touch()
    assert isolation.label() == "not isolated: bwrap: no; the container is the boundary"
    assert "docker/grader/Dockerfile" in isolation.advice()


# What Docker leaves to root in a container that asks for nothing else.
OF_A_CONTAINER = (
    "audit_write", "chown", "dac_override", "fowner", "fsetid", "kill", "mknod", "net_bind_service",
    "net_raw", "setfcap", "setgid", "setpcap", "setuid", "sys_chroot",
)  # fmt: skip
LABEL = "from workerlab.grading.batch.isolation import label; print(label())"


def test_a_bubblewrap_that_may_not_work_says_why(tmp_path: Path) -> None:
    stub = tmp_path / "bwrap"
    stub.write_text("#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n")
    stub.chmod(0o755)
    told = _label(env=os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"})
    assert told.startswith("not isolated: bwrap: No permissions to create new namespace")


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give up a power")
@pytest.mark.parametrize("power", ["sys_admin", "net_admin"])
def test_root_in_a_container_needs_two_powers(power: str) -> None:
    """What `docker run` must be given: see docker/grader/Dockerfile."""
    if not (setpriv := shutil.which("setpriv")):
        pytest.skip("setpriv, of util-linux, is not here")
    told = _label(setpriv, "--inh-caps=-all", f"--bounding-set=-{power}")
    assert told.startswith("not isolated: bwrap: ")


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give up a power")
def test_root_in_a_container_needs_no_more_than_these_two() -> None:
    if not (setpriv := shutil.which("setpriv")):
        pytest.skip("setpriv, of util-linux, is not here")
    powers = ",".join(f"+{power}" for power in (*OF_A_CONTAINER, "sys_admin", "net_admin"))
    assert _label(setpriv, "--inh-caps=-all", f"--bounding-set=-all,{powers}") == (
        "isolated by bubblewrap"
    )


def _label(*before: str, env: dict[str, str] | None = None) -> str:
    command = [*before, sys.executable, "-c", LABEL]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, env=env)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_what_several_machines_report_is_kept_as_it_is() -> None:
    def ran(how: str, status: str = "passed") -> CheckResult:
        return CheckResult("starts", "It starts", status, 1.0, 1.0, isolation=how)

    here, there = ran("isolated by bubblewrap"), ran("not isolated: no bwrap")
    assert isolation.isolation_in_words([here, here], "on a cluster") == "isolated by bubblewrap"
    assert isolation.isolation_in_words([], "on a cluster") == "on a cluster"
    assert (
        isolation.isolation_in_words([here, ran("", "not_gradable")], "on a cluster")
        == here.isolation
    )
    both = "partly isolated by bubblewrap, partly not isolated: no bwrap"
    assert isolation.isolation_in_words([there, here], "on a cluster") == both
    older = [ran(""), here]  # a journal that was begun before each check reported its own
    assert isolation.isolation_in_words(older, "not isolated") == (
        "partly isolated by bubblewrap, partly not isolated"
    )


def test_the_environment_of_a_grading_process_holds_no_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from workerlab.grading.batch.grading import _environment

    for name in ("AWS_SECRET_ACCESS_KEY", "REDIS_URL", "DATABASE_URL", "GITHUB_TOKEN"):
        monkeypatch.setenv(name, "canary")
    environment = _environment(Path("/tmp"))
    script = "import json, os; print(json.dumps(dict(os.environ)))"
    done = subprocess.run(
        isolation.isolated_command(python(script)), env=environment, capture_output=True, check=True
    )
    seen = json.loads(done.stdout)
    assert "canary" in free("import os; print(*os.environ.values())")
    assert "canary" not in seen.values()
    assert seen["TMPDIR"] == "/tmp" and seen["PATH"] == os.environ["PATH"]
