import threading

count = 0
one_at_a_time = threading.Lock()


def increment():
    global count
    with one_at_a_time:
        count += 1
        return count


def report():
    return count
