"""Two interpreters in one process, and a `count` in each. It needs Python 3.14."""

import os
from concurrent import interpreters

queue = interpreters.create_queue()
first, second = interpreters.create(), interpreters.create()
for interpreter in (first, second):
    interpreter.prepare_main(queue=queue)
    interpreter.exec("import os; count = 0")

for interpreter in (first, second, first):
    interpreter.exec("count += 1")

for name, interpreter in (("first", first), ("second", second)):
    interpreter.exec("queue.put((count, os.getpid()))")
    count, pid = queue.get()
    print(f"the {name} interpreter: count {count}, same process: {pid == os.getpid()}")
    interpreter.close()
