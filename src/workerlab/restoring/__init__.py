"""The same start for every schedule: what an app has written is put back, in files and in stores.

    start = StartState([Files(kept, held), RedisData(url)])
    start.take()          # the workers are up, and nothing has been asked yet
    start.put_back()      # before each schedule

The memory of the workers is no part of it.
"""
