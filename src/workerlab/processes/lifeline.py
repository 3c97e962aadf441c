"""Runs a command that cannot outlive its caller, and leaves nothing of it behind.

    python -I -S lifeline.py folder=DIR log=FILE [user=UID] [stop=SIGNAL] [patience=SECONDS]
                             [wrapped=1] [caller=PID] [LIMIT=NUMBER ...] -- /PATH/TO/COMMAND ...

The caller holds the other end of standard input. When the caller ends, for any
reason, SIGKILL included, Linux closes that pipe, and this script stops the
command, kills all that descends from it, and removes DIR, which it made itself.
(A child that the caller forked may hold the pipe too; so the caller itself is watched as well.)
A `wrapped` command is bubblewrap with another in it, which then gets the signal to stop. What
exceeds one of its limits (see limits.py) is killed, and the log says so; `caller` is the process
whose descendants count together, if it is not our parent. Seconds in which its
processes got no processor, because others had it, count for none of these times (waiting.py).

On standard input, one byte is one order: `+` start, `-` stop, `!` kill at once, `p` pause,
`r` resume, `q` quit. On standard output, one line is one report: `ready`, `started PID`,
`paused`, `resumed`, `ended STATUS NAME...` (the processes that outlived the command).

It is a script, not a module of the package, and imports as little as it can: every
server and every service waits for it.
"""

import os
import select
import signal
import sys
import time

sys.path.append(os.path.dirname(__file__))  # -I leaves it out
from limits import Limits  # type: ignore[attr-defined]  # ours, and not the package of that name
from tree import (
    PR_SET_CHILD_SUBREAPER,
    PR_SET_DUMPABLE,
    PR_SET_NO_NEW_PRIVS,
    PR_SET_PDEATHSIG,
    descendants,
    is_tracker,
    name_of,
    parents,
    process_control,
    remove_shared_memory,
    send,
    watch,
)
from waiting import Waiting

ENDINGS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)  # to the lifeline: as if the caller ended
GRACE = 0.3  # seconds that helpers of the command (a resource tracker, say) have to end themselves
LOOK_FOR_CALLER = 1.0  # seconds between two looks, where the system does not report its end
LAST_RESORT = 10.0  # seconds after which a process that survives SIGKILL is given up


class Lifeline:
    """One command, started and stopped as the caller says.

    adopts   whether orphans of the command come back to us, as on Linux
    """

    def __init__(self, command: list[str], options: dict[str, str], adopts: bool = True) -> None:
        self.command = command
        self.adopts = adopts
        self.user = int(options.get("user", os.getuid()))
        self.stop_signal = int(options.get("stop", signal.SIGTERM))
        self.patience = float(options.get("patience", 3))
        self.wrapped = "wrapped" in options
        self.limits = Limits.from_options(options)
        self.caller = int(options.get("caller", os.getppid()))
        self.folder = options["folder"]
        self.log = options["log"]
        self.pid = 0  # of the command; 0 when it does not run
        self.status = 0
        self.seen: set[int] = set()  # the command's processes, for what outlives them all
        self.before_stop: set[int] = set()  # those that there were when the last stop began
        self.must_end = False
        self.wake, wake_end = os.pipe()
        os.set_blocking(self.wake, False)
        os.set_blocking(wake_end, False)
        signal.set_wakeup_fd(wake_end, warn_on_full_buffer=False)
        for number in (signal.SIGCHLD, *ENDINGS):
            signal.signal(number, lambda *_: None)

    def make_folder(self) -> None:
        os.mkdir(self.folder, 0o700)
        os.close(os.open(self.log, os.O_CREAT | os.O_WRONLY, 0o600))
        if self.user != os.getuid():
            os.chown(self.folder, self.user, -1)

    def start(self) -> None:
        lifeline = os.getpid()
        # What comes to the child before it is the command waits: it is not ours to hear.
        signal.pthread_sigmask(signal.SIG_BLOCK, ENDINGS)
        self.pid = os.fork()
        if self.pid == 0:
            try:
                self.become_command(lifeline)
            except BaseException as error:  # noqa: BLE001 (nothing of the child may go on)
                os.write(2, f"cannot run {self.command[0]}: {error}\n".encode())
            os._exit(127)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDINGS)
        self.seen.add(self.pid)
        report(f"started {self.pid}")

    def become_command(self, lifeline: int) -> None:
        """In the child: a session, a user, a log of its own; then the command.

        A command that signals its whole group spares the lifeline, and each start looks like one
        by a service manager. Where orphans do not come back, they are known by our session.
        """
        if self.adopts:
            os.setsid()
        else:
            os.setpgid(0, 0)
        log = os.open(self.log, os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for target, source in enumerate((nothing, log, log)):
            os.dup2(source, target)
        if self.user != os.getuid():
            import pwd

            os.setgroups([])
            os.setgid(pwd.getpwuid(self.user).pw_gid)
            os.setuid(self.user)
            process_control(PR_SET_NO_NEW_PRIVS, 1)
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, signal.SIGPIPE, *ENDINGS):
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDINGS)
        process_control(PR_SET_PDEATHSIG, signal.SIGKILL)  # after setuid, which clears it
        if os.getppid() == lifeline:
            self.run_command()

    def run_command(self) -> None:
        """Become another program. After setuid nothing more can be imported."""
        os.execv(self.command[0], self.command)  # noqa: S606 (no shell is what we want)

    def pause(self, seconds: float) -> None:
        """Wait until a signal (a child's end, say) arrives, at most `seconds`; then reap."""
        select.select([self.wake], [], [], seconds)
        self.reap()

    def reap(self) -> None:
        """Collect the ended children, and note whether a signal asked us to end."""
        try:
            self.must_end |= not set(ENDINGS).isdisjoint(os.read(self.wake, 1024))
        except BlockingIOError:
            pass
        try:
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                if ended[0] == self.pid:
                    self.status = self.status_of(ended[1])
                    self.pid = 0
        except ChildProcessError:
            pass

    def status_of(self, ended: int) -> int:
        """The command's exit status, -N after signal N; bubblewrap reports that as 128 + N."""
        status = os.waitstatus_to_exitcode(ended)
        return 128 - status if self.wrapped and status > 128 else status

    def target(self) -> int:
        """The process that signals are for: the command, or what bubblewrap runs in its place."""
        inside = descendants(self.pid) if self.wrapped else []
        return next((pid for pid in inside if name_of(pid) != "bwrap"), self.pid)

    def left(self) -> list[int]:
        """Every live process of the command.

        Where orphans do not come back to us, one that has left our session as well is known only
        by having been there when the stop began. (One that left before that is not found.)
        """
        known = parents()
        found: list[int] = descendants(os.getpid(), known)
        if not self.adopts:
            self.before_stop &= known.keys()
            found += self.before_stop.difference(found)
        return found

    def hold(self) -> None:
        """SIGSTOP every process, until looking again finds no new one."""
        held: set[int] = set()
        while new := set(descendants(os.getpid())) - held:
            for pid in new:
                send(pid, signal.SIGSTOP)
            held |= new
        report("paused")

    def resume(self) -> list[int]:
        pids: list[int] = descendants(os.getpid())
        for pid in pids:
            send(pid, signal.SIGCONT)
        report("resumed")
        return pids

    def stop(self, patience: float) -> None:
        """End the command within `patience` seconds, and everything that descends from it."""
        until, waiting = time.monotonic() + patience, Waiting(self.left)
        self.before_stop = set(self.resume())  # a paused one would not hear the next signal
        if self.pid and patience:
            send(self.target(), self.stop_signal)
            while self.pid and (seconds := until + waiting.seconds() - time.monotonic()) > 0:
                self.pause(seconds)
        self.sweep(GRACE if patience else 0)

    def sweep(self, grace: float) -> None:
        """End every descendant, and report those that did not end within `grace` seconds."""
        left = self.wait_for_end(grace) and self.wait_for_end(grace)  # looked at a second time
        # Python's resource trackers last: each removes the shared memory of those it served.
        others = [pid for pid in left if not is_tracker(pid)]
        names = [name_of(pid) for pid in others if grace]
        self.kill(others)
        self.wait_for_end(GRACE)
        until = time.monotonic() + LAST_RESORT
        while (left := self.left()) and time.monotonic() < until:
            self.kill(left)
            self.pause(0.005)
        self.reap()
        self.before_stop.clear()  # from now on another process may get one of these numbers
        report(" ".join(["ended", str(self.status), *names]))

    def wait_for_end(self, seconds: float) -> list[int]:
        """Wait at most so long for every descendant to end; return those left."""
        until, waiting = time.monotonic() + seconds, Waiting(self.left)
        while (left := self.left()) and time.monotonic() < until + waiting.seconds():
            self.reap()  # the look itself may have been a child that ended: that is no news
            self.pause(0.01)
        return left

    def kill(self, pids: list[int]) -> None:
        self.seen.update(pids)
        for pid in pids:
            send(pid, signal.SIGKILL)

    def serve(self) -> None:
        """Obey the caller until it closes its end of standard input."""
        parent = os.getppid()
        caller = watch(parent)
        next_look = 0.0
        while not self.must_end and os.getppid() == parent:
            every = self.limits.every if self.pid else None
            patience = every or (None if caller else LOOK_FOR_CALLER)
            ready = select.select([0, self.wake, *caller], [], [], patience)[0]
            if every and time.monotonic() >= next_look:  # a look may itself be what woke us
                next_look = time.monotonic() + every
                excess = self.limits.exceeded(descendants(os.getpid()))
                if excess := excess or self.limits.exceeded_by_all(
                    lambda: descendants(self.caller)
                ):
                    self.end_for(excess)
            running = bool(self.pid)
            self.reap()
            if running and not self.pid:
                self.sweep(GRACE)
            if not set(caller).isdisjoint(ready):
                return
            if 0 in ready:
                order = os.read(0, 1)
                if order in (b"", b"q"):
                    return
                if order == b"+" and not self.pid:
                    self.start()
                elif order == b"p":
                    self.hold()
                elif order == b"r":
                    self.resume()
                elif order in b"-!":
                    self.stop(self.patience if order == b"-" else 0)

    def end_for(self, excess: str) -> None:
        """Kill everything, and leave a line in the log that says why."""
        with open(os.open(self.log, os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW), "w") as log:
            log.write(f"\nended by the grader: {excess}\n")
        self.stop(0)

    def remove(self) -> None:
        """Remove the folder, and the shared memory that only a System V program can leave."""
        import shutil

        remove_shared_memory(self.seen)

        for _ in range(3):  # a file made while the folder was being read spoils the first try
            shutil.rmtree(self.folder, ignore_errors=True)
            if not os.path.exists(self.folder):
                return


def report(line: str) -> None:
    """Report to the caller, which may be gone."""
    try:
        os.write(1, f"{line}\n".encode())
    except OSError:
        pass


def main(arguments: list[str], kind: type[Lifeline] = Lifeline) -> int:
    end = arguments.index("--")
    options = dict(argument.split("=", 1) for argument in arguments[:end])
    process_control(PR_SET_DUMPABLE, 0)  # the command may be the same user, and a stranger
    adopts = process_control(PR_SET_CHILD_SUBREAPER, 1)  # orphans of the command come back to us
    lifeline = kind(arguments[end + 1 :], options, adopts)
    try:
        lifeline.make_folder()
        report("ready")
        lifeline.serve()
        if lifeline.left():
            lifeline.stop(lifeline.patience)
    finally:
        lifeline.remove()
    return lifeline.status if lifeline.status >= 0 else 128 - lifeline.status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
