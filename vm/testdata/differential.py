"""Answers what CPython's C unpickler makes of pickles: reads them from standard
input, each behind its length in 4 bytes, little-endian, and writes as many
answers in the same way: the value as conformance.py renders it, or "!" and the
exception.
"""
import struct
import sys
import warnings

from conformance import PY2, load, render


def answer(data):
    try:
        value = load(data)
    except Exception as e:
        return f"!{type(e).__name__}: {e}".replace(PY2, "")[:300]
    try:
        return render(value)
    except RecursionError:
        return "?too deep"


def main():
    warnings.simplefilter("ignore")
    stdin, stdout = sys.stdin.buffer, sys.stdout.buffer
    while length := stdin.read(4):
        data = stdin.read(*struct.unpack("<I", length))
        text = answer(data).encode("utf-8", "surrogatepass")
        stdout.write(struct.pack("<I", len(text)) + text)
    stdout.flush()


main()
