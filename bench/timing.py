#!/usr/bin/env python3
"""Times CPython's C pickler for cmd/compare, and checks what Go has written.

It reads questions, one JSON object in each line of standard input, and answers
each with a line. The garbage collector is off, as it is at its best here.

    {"do": "load", "path": P}              take the value of that pickle
    {"do": "loads", "n": N}                nanoseconds for N loads of that pickle
    {"do": "dumps", "n": N, "protocol": P} nanoseconds for N dumps of the value
    {"do": "peak of loads"}                by how many bytes memory grows at most in one load
    {"do": "peak of dumps", "protocol": P} the same for one dump
    {"do": "same", "path": P}              whether another pickle is an equal value
"""

import _pickle  # the C pickler; without it there is nothing to compare with
import ctypes
import gc
import itertools
import json
import platform
import sys
import time

import generate  # noqa: F401  the classes of the instances


def read(path):
    with open(path, "rb") as f:
        return f.read()


def time_loads(data, n):
    loads, times = _pickle.loads, itertools.repeat(None, n)
    start = time.perf_counter_ns()
    for _ in times:
        loads(data)
    return time.perf_counter_ns() - start


def time_dumps(value, protocol, n):
    dumps, times = _pickle.dumps, itertools.repeat(None, n)
    start = time.perf_counter_ns()
    for _ in times:
        dumps(value, protocol)
    return time.perf_counter_ns() - start


def high_water():
    """The most memory since clear_refs was written, in bytes."""
    with open("/proc/self/status") as f:
        return next(int(line.split()[1]) for line in f if line.startswith("VmHWM:")) * 1024


def peak(action):
    """By how much memory grows while action runs; -1 where the system does not tell."""
    try:
        ctypes.CDLL(None).malloc_trim(0)
        with open("/proc/self/clear_refs", "w") as f:
            f.write("5")
        before = high_water()
        action()
        return high_water() - before
    except (AttributeError, OSError):
        return -1


def main():
    gc.disable()
    data = value = None
    print(json.dumps({"version": platform.python_version()}), flush=True)
    for line in sys.stdin:
        question = json.loads(line)
        answer = {}
        if question["do"] == "load":
            data = value = None  # give the memory back first
            data = read(question["path"])
            value = _pickle.loads(data)
        elif question["do"] == "loads":
            answer["ns"] = time_loads(data, question["n"])
        elif question["do"] == "dumps":
            answer["ns"] = time_dumps(value, question["protocol"], question["n"])
        elif question["do"] == "peak of loads":
            answer["peak"] = peak(lambda: _pickle.loads(data))
        elif question["do"] == "peak of dumps":
            answer["peak"] = peak(lambda: _pickle.dumps(value, question["protocol"]))
        elif question["do"] == "same":
            answer["same"] = _pickle.loads(read(question["path"])) == value
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
