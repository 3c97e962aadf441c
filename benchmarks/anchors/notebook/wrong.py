import time

count = 0


def increment():
    global count
    read = count
    time.sleep(0.001)
    count = read + 1
    return count


def report():
    return count
