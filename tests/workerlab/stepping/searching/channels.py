"""Ways in which two workers can share a count, by kind: each a `read()` and a `write(n)` as source.

Every one of them is a race: what one worker writes, another one overwrites. A search that leaves
out the schedules between, since it has not seen the channel, would call itself complete and be wrong.

PLACE is a folder that all workers share, KEEP a file in it, `b"0"` at first; STORE a Redis address,
DATABASE a PostgreSQL one, CACHE a Memcached port.
"""

TEXT = """
def read():
    return int(open(KEEP).read() or 0)

def write(n):
    with open(KEEP, "w") as file:
        file.write(str(n))
"""
KEPT_FD = """
kept = os.open(KEEP, os.O_RDWR)

def read():
    return int(os.pread(kept, 20, 0) or 0)

def write(n):
    os.pwrite(kept, b"%019d" % n, 0)
"""
FILES = {
    "opened each time": TEXT,
    "a descriptor that stays open": KEPT_FD,
    "a file object that stays open": """
kept = open(KEEP, "r+b", buffering=0)

def read():
    kept.seek(0)
    return int(kept.read() or 0)

def write(n):
    kept.seek(0)
    kept.write(b"%019d" % n)
""",
    "renamed over": """
def read():
    return int(open(KEEP).read() or 0)

def write(n):
    draft = f"{KEEP}.{os.getpid()}"
    with open(draft, "w") as file:
        file.write(str(n))
    os.replace(draft, KEEP)
""",
    "pathlib": """
from pathlib import Path

def read():
    return int(Path(KEEP).read_text() or 0)

def write(n):
    Path(KEEP).write_text(str(n))
""",
    "shelve": """
import shelve

def read():
    with shelve.open(PLACE + "/shelf") as shelf:
        return shelf.get("n", 0)

def write(n):
    with shelve.open(PLACE + "/shelf") as shelf:
        shelf["n"] = n
""",
}
ASKED_AFTER = {  # no file is opened
    "how many files exist": """
def read():
    n = 0
    while os.path.exists(f"{PLACE}/n{n}"):
        n += 1
    return n

def write(n):
    for k in range(9):
        if k < n and not os.path.exists(f"{PLACE}/n{k}"):
            os.mkdir(f"{PLACE}/n{k}")
        if k >= n and os.path.exists(f"{PLACE}/n{k}"):
            os.rmdir(f"{PLACE}/n{k}")
""",
    "a length": """
def read():
    return os.stat(KEEP).st_size - 1

def write(n):
    os.truncate(KEEP, n + 1)
""",
    "a time": """
os.utime(KEEP, (1, 0)) if os.stat(KEEP).st_mtime > 1000 else None

def read():
    return int(os.path.getmtime(KEEP))

def write(n):
    os.utime(KEEP, (n, n))
""",
    "a mode": """
def read():
    return (os.lstat(KEEP).st_mode & 0o777) - 0o600 if os.access(KEEP, os.F_OK) else 0

def write(n):
    os.chmod(KEEP, 0o600 + n)
""",
    "a link": """
def read():
    try:
        return int(os.readlink(PLACE + "/link"))
    except OSError:
        return 0

def write(n):
    draft = f"{PLACE}/{os.getpid()}"
    os.symlink(str(n), draft)
    os.rename(draft, PLACE + "/link")
""",
    "names in a folder": """
def read():
    return max([int(name[1:]) for name in os.listdir(PLACE) if name[0] == "c"], default=0)

def write(n):
    for name in os.listdir(PLACE):
        if name[0] == "c":
            try:
                os.rmdir(f"{PLACE}/{name}")
            except OSError:
                pass
    os.makedirs(f"{PLACE}/c{n}", exist_ok=True)
""",
}
MAPPED = {
    "a mapped file": """
import mmap
memory = mmap.mmap(os.open(KEEP, os.O_RDWR), 1)
def read():
    return memory[0] - 48
def write(n):
    memory[0] = n + 48
""",
    "mapped to be read, written as a file": """
import mmap
fd = os.open(KEEP, os.O_RDWR)
memory = mmap.mmap(fd, 1, access=mmap.ACCESS_READ)
def read():
    return memory[0] - 48
def write(n):
    os.pwrite(fd, bytes([n + 48]), 0)
""",
    "mapped in each request": """
import mmap
def read():
    with open(KEEP, "r+b") as file, mmap.mmap(file.fileno(), 1) as memory:
        return memory[0] - 48
def write(n):
    with open(KEEP, "r+b") as file, mmap.mmap(file.fileno(), 1) as memory:
        memory[0] = n + 48
""",
    "shared memory": """
from multiprocessing import shared_memory
try:
    memory = shared_memory.SharedMemory("wl" + PLACE[-12:].replace("/", ""), create=True, size=8)
except FileExistsError:
    memory = shared_memory.SharedMemory("wl" + PLACE[-12:].replace("/", ""))
def read():
    return memory.buf[0]
def write(n):
    memory.buf[0] = n
""",
}
MEMFD = """
try:
    os.close(os.open(PLACE + "/made", os.O_CREAT | os.O_EXCL))
    mine = os.memfd_create("count")
    os.write(mine, b"0" * 19)
    os.symlink(f"/proc/{os.getpid()}/fd/{mine}", PLACE + "/memory")
except FileExistsError:
    while not os.path.islink(PLACE + "/memory"):
        pass
"""
MEMORY = {
    "a memfd, opened each time": MEMFD
    + """
def read():
    with open(PLACE + "/memory") as file:
        return int(file.read() or 0)
def write(n):
    with open(PLACE + "/memory", "r+") as file:
        file.write("%019d" % n)
""",
    "a memfd that stays open": MEMFD
    + """
kept = os.open(PLACE + "/memory", os.O_RDWR)
def read():
    return int(os.pread(kept, 20, 0) or 0)
def write(n):
    os.pwrite(kept, b"%019d" % n, 0)
""",
    "a memfd, mapped": MEMFD
    + """
import mmap
memory = mmap.mmap(os.open(PLACE + "/memory", os.O_RDWR), 19)
def read():
    return int(memory[:19])
def write(n):
    memory[:19] = b"%019d" % n
""",
}
BY_C = {
    "libc's read and write": """
import ctypes
libc = ctypes.CDLL(None)
kept = os.open(KEEP, os.O_RDWR)
def read():
    space = ctypes.create_string_buffer(20)
    libc.pread(kept, space, 19, 0)
    return int(space.value or 0)
def write(n):
    libc.pwrite(kept, b"%019d" % n, 19, 0)
""",
    "a mapping of libc's": """
import ctypes
libc = ctypes.CDLL(None)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long]
memory = (ctypes.c_char * 1).from_address(libc.mmap(None, 4096, 3, 1, os.open(KEEP, os.O_RDWR), 0))
def read():
    return memory[0][0] - 48
def write(n):
    memory[0] = n + 48
""",
    "psycopg": """
import psycopg
def run(sql):
    with psycopg.connect(DATABASE, autocommit=True) as base:
        got = base.execute(sql)
        return got.fetchone()[0] if got.description else None
def read():
    return run("select n from counts")
def write(n):
    run(f"update counts set n = {n}")
""",
}
PROCESSES = {
    "a program that reads": """
import subprocess
def read():
    return int(subprocess.run(["cat", KEEP], capture_output=True).stdout or 0)
def write(n):
    subprocess.run(["sh", "-c", f"printf {n} > {KEEP}"])
""",
    "the shell": """
def read():
    with os.popen(f"cat {KEEP}") as out:
        return int(out.read() or 0)
def write(n):
    os.system(f"printf {n} > {KEEP}")
""",
    "a fork": """
def read():
    return int(open(KEEP).read() or 0)
def write(n):
    pid = os.fork()
    if not pid:
        with open(KEEP, "w") as file:
            file.write(str(n))
        os._exit(0)
    os.waitpid(pid, 0)
""",
}
THREADS = {
    "a pool": TEXT.replace("def read", "def read_file").replace("def write", "def write_file")
    + """
from concurrent.futures import ThreadPoolExecutor
pool = ThreadPoolExecutor(2)
def read():
    return pool.submit(read_file).result()
def write(n):
    pool.submit(write_file, n).result()
""",
    "one thread, and a queue": TEXT.replace("def read", "def read_file").replace(
        "def write", "def write_file"
    )
    + """
import queue, threading
asked, given = queue.Queue(), queue.Queue()
def serve():
    while True:
        n = asked.get()
        given.put(read_file() if n is None else write_file(n))
threading.Thread(target=serve, daemon=True).start()
def read():
    asked.put(None)
    return given.get()
def write(n):
    asked.put(n)
    given.get()
""",
    "a new thread": TEXT.replace("def write", "def write_file")
    + """
import threading
def write(n):
    thread = threading.Thread(target=write_file, args=(n,))
    thread.start()
    thread.join()
""",
}
REDIS = """
import redis
store = redis.Redis.from_url(STORE)
"""
STORES = {
    "one key": REDIS
    + """
def read():
    return int(store.get("n") or 0)
def write(n):
    store.set("n", n)
""",
    "a second connection": REDIS
    + """
other = redis.Redis.from_url(STORE)
def read():
    return int(other.get("n") or 0)
def write(n):
    store.set("n", n)
""",
    "a connection each time": REDIS
    + """
def read():
    with redis.Redis.from_url(STORE) as one:
        return int(one.get("n") or 0)
def write(n):
    with redis.Redis.from_url(STORE) as one:
        one.mset({"n": n})
""",
    "a hash, all fields": REDIS
    + """
def read():
    return int(store.hgetall("h").get(b"x", 0))
def write(n):
    store.hset("h", mapping={"x": n})
""",
    "a transaction": REDIS
    + """
def read():
    with store.pipeline() as pipe:
        pipe.get("n")
        return int(pipe.execute()[0] or 0)
def write(n):
    with store.pipeline() as pipe:
        pipe.set("n", n)
        pipe.execute()
""",
    "a script": REDIS
    + """
def read():
    return int(store.eval("return redis.call('get', 'n') or 0", 0))
def write(n):
    store.eval("redis.call('set', 'n', ARGV[1])", 0, n)
""",
    "a script by its digest": REDIS
    + """
put = store.register_script("redis.call('set', 'n', ARGV[1])")
get = store.register_script("return redis.call('get', 'n') or 0")
def read():
    return int(get())
def write(n):
    put(args=[n])
""",
    "raw bytes": """
import socket
from urllib.parse import urlsplit
place = urlsplit(STORE)
line = socket.create_connection((place.hostname, place.port))
def ask(text):
    line.sendall(text)
    return line.recv(100)
def read():
    got = ask(b"GET n\\r\\n")
    return 0 if got[:2] == b"$-" else int(got.split(b"\\r\\n")[1])
def write(n):
    ask(b"SET n %d\\r\\n" % n)
""",
    "os.write on the socket": """
import socket
from urllib.parse import urlsplit
place = urlsplit(STORE)
line = socket.create_connection((place.hostname, place.port)).detach()
def ask(text):
    os.write(line, text)
    return os.read(line, 100)
def read():
    got = ask(b"GET n\\r\\n")
    return 0 if got[:2] == b"$-" else int(got.split(b"\\r\\n")[1])
def write(n):
    ask(b"SET n %d\\r\\n" % n)
""",
    "memcached": """
import socket
line = socket.create_connection(("127.0.0.1", CACHE))
def read():
    line.sendall(b"get n\\r\\n")
    got = line.recv(100)
    return int(got.split(b"\\r\\n")[1]) if got[:5] == b"VALUE" else 0
def write(n):
    text = b"%d" % n
    line.sendall(b"set n 0 0 %d\\r\\n%s\\r\\n" % (len(text), text))
    line.recv(100)
""",
}
LEASES = {
    "a value that expires": REDIS
    + """
def read():
    return int(store.get("n") or 0)
def write(n):
    store.set("n", n, px=60000)
""",
    "expire": REDIS
    + """
def read():
    return int(store.get("n") or 0)
def write(n):
    store.set("n", n)
    store.expire("n", 60)
""",
    "in a script": REDIS
    + """
def read():
    return int(store.get("n") or 0)
def write(n):
    store.eval("redis.call('set', 'n', ARGV[1], 'EX', 60)", 0, n)
""",
}
SQLITE = """
import fcntl
import sqlite3
base = sqlite3.connect(PLACE + "/base", check_same_thread=False, isolation_level=None)

def lay(*statements):  # one worker after the other
    with open(PLACE + "/lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for statement in statements:
            base.execute(statement)

"""
SQL = {
    "sqlite": SQLITE
    + """
lay("create table if not exists counts (n)")
def read():
    return (base.execute("select n from counts").fetchone() or [0])[0]
def write(n):
    base.execute("delete from counts")
    base.execute("insert into counts values (?)", (n,))
""",
    "sqlite, write-ahead": SQLITE
    + """
lay("pragma journal_mode = wal", "create table if not exists counts (k integer primary key, n)")
def read():
    return (base.execute("select n from counts").fetchone() or [0])[0]
def write(n):
    base.execute("insert or replace into counts values (1, ?)", (n,))
""",
    "sqlite, a class of its own": """
import sqlite3
class Base(sqlite3.Connection):
    pass
base = Base(PLACE + "/base", check_same_thread=False, isolation_level=None)
base.execute("create table if not exists counts (k integer primary key, n)")
def read():
    return (base.execute("select n from counts").fetchone() or [0])[0]
def write(n):
    base.execute("insert or replace into counts values (1, ?)", (n,))
""",
}
ASYNCPG = """
import asyncio, threading
import asyncpg
loop = asyncio.new_event_loop()
threading.Thread(target=loop.run_forever, daemon=True).start()
def run(work):
    return asyncio.run_coroutine_threadsafe(work, loop).result()
base = run(asyncpg.connect(DATABASE))
"""
DATABASE_CODE = {
    "a statement": ASYNCPG
    + """
def read():
    return run(base.fetchval("select n from counts"))
def write(n):
    run(base.execute("update counts set n = $1", n))
""",
    "a function": ASYNCPG
    + """
def read():
    return run(base.fetchval("select get_n()"))
def write(n):
    run(base.fetchval("select put_n($1)", n))
""",
    "a procedure": ASYNCPG
    + """
def read():
    return run(base.fetchval("select n from counts"))
def write(n):
    run(base.execute(f"call set_n({n})"))
""",
    "a view over a function": ASYNCPG
    + """
def read():
    return run(base.fetchval("select n from seen"))
def write(n):
    run(base.fetchval("select put_n($1)", n))
""",
    "a rule": ASYNCPG
    + """
def read():
    return run(base.fetchval("select n from counts"))
def write(n):
    run(base.execute("update seen set n = $1", n))
""",
    "a deferred trigger": ASYNCPG
    + """
async def wish(n):
    async with base.transaction():
        await base.execute("insert into later values ($1)", n)
def read():
    return run(base.fetchval("select n from counts"))
def write(n):
    run(wish(n))
""",
    "a trigger": ASYNCPG
    + """
def read():
    return run(base.fetchval("select n from counts"))
def write(n):
    run(base.execute("insert into wishes values ($1)", n))
""",
}
KINDS = {
    "file": FILES,
    "asked after": ASKED_AFTER,
    "mapping": MAPPED,
    "memfd": MEMORY,
    "C": BY_C,
    "process": PROCESSES,
    "thread": THREADS,
    "store": STORES,
    "lease": LEASES,
    "SQLite": SQL,
    "database": DATABASE_CODE,
}
TABLES = """
create table counts (n integer not null);
insert into counts values (0);
create table wishes (n integer);
create function get_n() returns integer language sql as 'select n from counts';
create function put_n(k integer) returns void language sql as 'update counts set n = k';
create function obey() returns trigger language plpgsql as
  'begin update counts set n = new.n; return new; end';
create procedure set_n(k integer) language sql as 'update counts set n = k';
create view seen as select get_n() as n;
create rule through as on update to seen do instead update counts set n = new.n;
create table later (n integer);
create constraint trigger obeys_later after insert on later deferrable initially deferred
  for each row execute function obey();
create trigger obeys after insert on wishes for each row execute function obey();
"""
SERVICE = """
import os
from fastapi import FastAPI

PLACE, STORE = os.environ["PLACE"], os.environ["STORE"]
KEEP, DATABASE, CACHE = PLACE + "/keep", os.environ["DATABASE"], int(os.environ["CACHE"])
{channel}
app = FastAPI()


def think(n):
    return n


@app.post("/increment")
def increment():
    n = think(read())
    write(think(n + 1))
    return {{"count": n + 1}}


@app.post("/reset")
def reset():
    write(0)
    return {{"count": 0}}


@app.get("/report")
def report():
    return {{"count": read()}}
"""
