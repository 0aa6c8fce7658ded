"""Write the samples of the command gen: python3 make_gen.py, CPython 3.13."""

import collections
import datetime
import enum
import pickle
import sys
import types

shop = types.ModuleType('shop')
sys.modules['shop'] = shop


def place(cls):
    cls.__module__ = 'shop'
    setattr(shop, cls.__qualname__.split('.')[0], cls)
    return cls


@place
class State(enum.Enum):
    OPEN = 'open'
    PAID = 'paid'


@place
class Line:
    def __init__(self, sku, price):
        self.sku, self.price = sku, price


@place
class Order:
    def __init__(self, number, state, lines, **more):
        self.number, self.state, self.lines = number, state, lines
        self.__dict__.update(more)


@place
class Basket(list):
    pass


@place
class Prices(dict):
    pass


@place
class SoldOut(Exception):
    pass


Size = place(collections.namedtuple('Size', 'width height'))


@place
class Node:
    __slots__ = ('value', 'next')

    def __init__(self, value):
        self.value, self.next = value, None


@place
class Machine:
    def __getstate__(self):
        return ('x', 1)

    def __setstate__(self, state):
        pass


@place
class Odd:
    def __init__(self, a):
        pass

    def __getnewargs__(self):
        return (1,)


def dump(name, *values):
    with open('gen_%s.pkl' % name, 'wb') as f:
        for v in values:
            f.write(pickle.dumps(v, 4))


dump('order1', Order(1001, State.OPEN, [Line('lamp', 20), Line('desk', 99.5)], note=None, user_id=7))
dump('order2', Order(2 ** 40, State.PAID, [], note='gift', paid_at=datetime.datetime(2026, 1, 2), size=Size(1, 2.5)))

first, second = Node(1), Node('two')
first.next, second.next = second, first
basket = Basket(['a', 'b'])
basket.owner = 'ann'
odd = Odd(1)
odd.a = 1
dump('classes', {
    'nodes': first, 'basket': basket, 'prices': Prices(a=1.5), 'machine': Machine(), 'odd': odd,
    'pairs': [(1, 'a'), (2, 'b')], 'point': (1, 2), 'any': [1, 'x'], 'ids': frozenset([1]), 'points': {(1, 2): 'a'},
    'records': [{'id': 1, 'name': 'x'}, {'id': 2, 'name': 'y', 'extra': True}], 'counts': {'a': 1, 'b': 2},
})
dump('stream', {'level': 20, 'text': 'a'}, {'level': 30, 'text': 'b', 'error': KeyError('x')})
