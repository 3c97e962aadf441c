"""Ideas about the order of steps: what is one step, and what keeps others out."""

from workerlab.misconceptions.model import Misconception

ABOUT_ORDER = (
    Misconception(
        name="line-atomic",
        says="A line of Python, or a few short ones, run without anything in between.",
        question="How many reads and writes does the line make?",
        rule="apart",
        instead={"a line": False},
        mutants=("lab06_shared_memory/no_lock", "lab05_preload/no_lock"),
        schedule=("A reads 0", "B reads 0", "A writes 1", "B writes 1"),
        help="To read, to add and to write are steps of their own. Another worker can come between.",
    ),
    Misconception(
        name="lock-variable",
        says="A lock at module level keeps all workers out.",
        question="How many locks are there?",
        rule="apart",
        instead={"a lock variable": False},
        mutants=("lab08_redis/threading_lock", "lab08_redis/asyncio_lock"),
        schedule=("A takes A's lock", "B takes B's lock", "A reads 0", "B reads 0", "both write 1"),
        help="Each worker makes a lock of its own, so no worker ever waits for another.",
    ),
    Misconception(
        name="await-changes-nothing",
        says="One worker with one thread does one thing after the other, with or without an await.",
        question="What does the event loop do during the await?",
        rule="apart",
        instead={"an await": False},
        mutants=("lab09_cache/checks_then_stores", "lab08_redis/lock_not_awaited"),
        schedule=("the first reads 0 and awaits", "the second reads 0", "both write 1"),
        help="At an await the worker goes on with other requests, and they see the old value.",
    ),
    Misconception(
        name="one-at-a-time",
        says="A worker is one process and takes one request at a time, if nothing in it awaits.",
        question="In which thread does a plain def endpoint run?",
        rule="apart",
        instead={"a def endpoint": False},
        mutants=(
            "lab03_break_it/trusts_one_worker",
            "lab06_shared_memory/one_file_for_all_threads",
        ),
        schedule=("a thread reads 0", "another thread reads 0", "both write 1"),
        help="FastAPI runs it in a pool of threads, and threads switch between any two lines.",
    ),
    Misconception(
        name="all-at-once-is-lost",
        says="Requests that are under way together always spoil each other's work.",
        question="Between which two steps would the other come?",
        rule="apart",
        instead={"no await": True, "one command": True, "one lock for all": True},
        mutants=("lab03_break_it/blames_the_innocent", "lab01_detective/accuses_the_innocent"),
        schedule=("A reads 0", "A writes 1", "B reads 1", "B writes 2"),
        help="Only if another can come between the read and the write. Here none can.",
    ),
    Misconception(
        name="orders-add-up",
        says="Two requests of six steps have about as many orders as they have steps.",
        question="How many choices are there at each moment?",
        rule="merges",
        instead=lambda a, b: a + b,
        mutants=("lab03_break_it/one_pause_at_a_time", "lab03_break_it/believes_in_luck"),
        schedule=("A or B moves", "A or B moves", "A or B moves", "…"),
        help="At nearly every moment either may move, so the number nearly doubles with each step.",
    ),
)
