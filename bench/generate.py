#!/usr/bin/env python3
"""Writes the workloads of the benchmarks. Run it with CPython 3.13:

    python3.13 generate.py DIR            the sizes that are timed (some 600 MB)
    python3.13 generate.py --small DIR    the same shapes in a few KB, for tests

For each workload it writes NAME.p2.pkl, NAME.p4.pkl and NAME.p5.pkl, and
NAME.json, which says what is in them: bytes are in Base64, an instance is an object
of its attributes, and a tuple that stands for a struct is an object of its fields. The
seeds are fixed, so that running it again writes the same files.

timing.py imports this file for the classes of the instances.
"""

import argparse
import base64
import dataclasses
import hashlib
import json
import os
import pickle
import random
import sys

PROTOCOLS = 2, 4, 5

# Whatever this file is run as, its classes are those of the module "generate".
sys.modules.setdefault("generate", sys.modules[__name__])


@dataclasses.dataclass
class Position:
    x: float
    y: float
    z: float

    __module__ = "generate"


@dataclasses.dataclass
class Particle:
    number: int
    label: str
    mass: float
    charge: float
    fixed: bool
    kind: str
    hits: list
    position: Position

    __module__ = "generate"


SYLLABLES = "ka lo mi ren ta vos el dur an shi po gra ne fi zu bel".split()


def word(rnd, syllables):
    return "".join(rnd.choices(SYLLABLES, k=syllables))


def sized(full, small):
    return small if SMALL else full


def records(rnd):
    tags = [word(rnd, 3) for _ in range(40)]
    cities = [word(rnd, 4).title() for _ in range(200)]
    return [
        {
            "id": 100_000 + i,
            "name": f"{word(rnd, 2)} {word(rnd, 3)}".title(),
            "email": f"{word(rnd, 4)}.{word(rnd, 3)}{i}@{word(rnd, 3)}.example.org",
            "age": rnd.randrange(18, 95),
            "score": rnd.uniform(0, 100),
            "active": rnd.random() < 0.7,
            "tags": rnd.sample(tags, rnd.randrange(1, 4)),
            "balance": rnd.randrange(-(10**6), 10**8),
            "city": rnd.choice(cities),
            "zip": f"{rnd.randrange(100_000):05}",
            "created": 1.7e9 + rnd.randrange(10**7) / 1000,
            "note": None if rnd.random() < 0.8 else word(rnd, 6),
        }
        for i in range(sized(10_000, 50))
    ]


def insts(rnd):
    return [
        Particle(
            number=i,
            label=f"{word(rnd, 4)}-{i}",
            mass=rnd.random(),
            charge=rnd.choice([-1.0, 0.0, 1.0]) / 3,
            fixed=rnd.random() < 0.5,
            kind=word(rnd, 6),
            hits=[rnd.randrange(1000) for _ in range(8)],
            position=Position(rnd.random(), rnd.random(), rnd.random()),
        )
        for i in range(sized(10_000, 50))
    ]


def carbon(rnd):
    return [
        (f"servers.web{rnd.randrange(100):02}.{word(rnd, 2)}.{word(rnd, 3)}", (1_700_000_000 + 10 * i, rnd.uniform(0, 1000)))
        for i in range(sized(1000, 40))
    ]


def ints(rnd):
    limits = rnd.choices([2**31, 70_000, 256], [30, 35, 35], k=sized(1_000_000, 2500))
    return [rnd.randrange(-limit, limit) if limit > 70_000 else rnd.randrange(limit) for limit in limits]


def floats(rnd):
    return [rnd.gauss(0, 1000) for _ in range(sized(1_000_000, 1500))]


def strs(rnd):
    distinct = [f"{word(rnd, 5)}{i}" for i in range(sized(20_000, 300))]
    return [rnd.choice(distinct) for _ in range(sized(100_000, 1500))]


def graph(rnd):
    """A tree of 20 levels, and dicts that a list refers to many times each."""
    levels, numbers = 20, iter(range(10**6))

    def node(level):
        n = next(numbers)
        return {"number": n, "name": f"node {n}", "level": level, "children": []}

    root = node(1)
    layer, leaves = [root], [root]
    per_layer = sized(862, 5)
    for level in range(2, levels + 1):
        below = [node(level) for _ in range(per_layer)]
        for child in below:
            rnd.choice(layer)["children"].append(child)
        layer = below
        leaves = [n for n in leaves if not n["children"]] + below
    for leaf in leaves:
        leaf["children"] = None
    items = [{"key": f"item {i}", "weight": rnd.random(), "rank": rnd.randrange(100)} for i in range(sized(5000, 30))]
    return {"root": root, "items": items, "links": [rnd.choice(items) for _ in range(sized(40_000, 240))]}


def big(rnd):
    return rnd.randbytes(sized(64 << 20, 70_000))


def numpyl(rnd):
    return {f"array{i:02}": rnd.randbytes(sized(1 << 20, 300)) for i in range(16)}


def tiny(rnd):
    return {
        "session_id": f"{rnd.getrandbits(128):032x}",
        "user_id": 48_213,
        "username": "maria.lopez",
        "is_staff": False,
        "language": "es",
        "time_zone": "Europe/Madrid",
        "csrf_token": f"{rnd.getrandbits(256):064x}",
        "last_seen": 1700000000.25,
        "cart": [1021, 1088, 70_345],
        "roles": ["customer", "reviewer"],
        "visits": 37,
    }


def biglist(rnd):
    return [rnd.randrange(100) for _ in range(sized(10_000, 1200))]


def manyrefs(rnd):
    return [[1, 2, 3]] * sized(10_000, 1200)


def manystrings(rnd):
    return [f"string number {i}" for i in range(sized(10_000, 1200))]


def django(rnd):
    """What a shop keeps in a session of Django. Times and prices are plain."""
    return {
        "_auth_user_id": "48213",
        "_auth_user_backend": "django.contrib.auth.backends.ModelBackend",
        "_auth_user_hash": f"{rnd.getrandbits(256):064x}",
        "_session_expiry": 1_209_600,
        "_language": "es",
        "last_activity": "2024-03-01T12:30:45.123456+00:00",
        "cart": [
            {
                "sku": f"SKU-{rnd.randrange(10**6):06}",
                "title": f"{word(rnd, 3)} {word(rnd, 4)}".capitalize(),
                "quantity": rnd.randrange(1, 5),
                "unit_price": f"{rnd.randrange(100, 20_000) / 100:.2f}",
                "added": f"2024-03-01T12:{rnd.randrange(60):02}:{rnd.randrange(60):02}+00:00",
            }
            for _ in range(6)
        ],
        "recently_viewed": [rnd.randrange(10**5) for _ in range(10)],
        "coupon": None,
        "accepted_terms": True,
    }


def celery(rnd):
    """The body of a task message: positional and keyword arguments, and what follows."""
    return (
        (48_213, "order_confirmation"),
        {
            "to": ["maria.lopez@example.org"],
            "context": {"order": 90_125, "total": "129.80", "currency": "EUR", "items": 4},
            "attempt": 1,
            "countdown": 2.5,
        },
        {"callbacks": None, "errbacks": None, "chain": None, "chord": None},
    )


def logging(rnd):
    """The attributes of a LogRecord, as SocketHandler sends them."""
    return {
        "name": "shop.checkout",
        "msg": "payment of 129.80 EUR for order 90125 accepted after 2 attempts",
        "args": None,
        "levelname": "INFO",
        "levelno": 20,
        "pathname": "/srv/shop/checkout/payment.py",
        "filename": "payment.py",
        "module": "payment",
        "exc_info": None,
        "exc_text": None,
        "stack_info": None,
        "lineno": 214,
        "funcName": "accept",
        "created": 1709296245.1234567,
        "msecs": 123.0,
        "relativeCreated": 73521.25,
        "thread": 140_245_671_892_736,
        "threadName": "MainThread",
        "processName": "MainProcess",
        "process": 3412,
        "taskName": None,
    }


WORKLOADS = [
    records, insts, carbon, ints, floats, strs, graph, big, numpyl, tiny, biglist, manyrefs, manystrings,
    django, celery, logging,
]  # fmt: skip


def fields(name, value):
    """The value for json: positional tuples by the names of their fields."""
    if name == "carbon":
        return [{"path": path, "point": {"time": time, "value": x}} for path, (time, x) in value]
    if name == "celery":
        (user, template), kwargs, embed = value
        return {"args": {"user": user, "template": template}, "kwargs": kwargs, "embed": embed}
    return value


def other(value):
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    return vars(value)


def write(path, data):
    with open(path + ".tmp", "wb") as f:
        f.write(data)
    os.replace(path + ".tmp", path)


def main():
    global SMALL
    parser = argparse.ArgumentParser()
    parser.add_argument("--small", action="store_true")
    parser.add_argument("dir")
    args = parser.parse_args()
    SMALL = args.small
    if sys.version_info[:2] != (3, 13) or sys.implementation.name != "cpython":
        parser.error("this needs CPython 3.13, so that everyone times the same bytes")
    os.makedirs(args.dir, exist_ok=True)
    for function in WORKLOADS:
        name = function.__name__
        value = function(random.Random(f"{name} 1"))
        path = os.path.join(args.dir, name)
        for protocol in PROTOCOLS:
            write(f"{path}.p{protocol}.pkl", pickle.dumps(value, protocol))
        text = json.dumps(fields(name, value), default=other)
        write(f"{path}.json", text.encode("ascii"))
    if not SMALL:  # by this the benchmarks know which script wrote the files
        with open(__file__, "rb") as f:
            write(os.path.join(args.dir, "script.sha256"), hashlib.sha256(f.read()).hexdigest().encode("ascii"))


if __name__ == "__main__":
    main()
