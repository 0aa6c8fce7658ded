"""Writes the pickles of this directory: python2.pkl under Python 2.7, the others
under Python 3.13.

    python2.7 make.py && python3.13 make.py

What show prints of them is in the .txt files, which go test -update writes.
"""

import collections
import pickle
import sys
import types

shop = types.ModuleType('shop')
sys.modules['shop'] = shop


class Item(object):
    def __init__(self, **attributes):
        self.__dict__.update(attributes)


Item.__module__ = 'shop'
shop.Item = Item


def write(name, *pickles):
    with open(name, 'wb') as f:
        for p in pickles:
            f.write(p)


if sys.version_info[0] == 2:
    write('python2.pkl', pickle.dumps(
        {'name': 'caf\xc3\xa9', u'unicode': u'caf\xe9', 'items': [Item(sku='lamp-3')]}, 2))
    sys.exit()

cycle = [1]
cycle.append(cycle)
item = Item(sku='lamp-3', price=49.9, size=(12, 12, 40), tags={'gift'})
several = [
    pickle.dumps(None, 0),
    pickle.dumps({'a': 1, (1, 2): b'\x00', None: 1 << 70}, 2),
    pickle.dumps(cycle, 5),
]
write('several.pkl', *several)
write('classes.pkl', pickle.dumps(
    [item, item, len, collections.OrderedDict(a=item), ValueError('no such item')], 4))
write('cut.pkl', several[1], several[2][:-3])
# A dict with a list for a key, which Python cannot make, between two others.
write('key.pkl', several[0], b'}]K\x01s.', several[0])
write('empty.pkl')
write('page.html', b'<!DOCTYPE html>\n<title>404</title>\n')
# What main_test.go compares with changedBefore.
write('changed.pkl', b'(dVitem\n(ishop\nItem\n(dVsku\nVa\nsVsize\nI13\nsVtags\n(lsbs'
      b'Vitems\n(lI1\naI3\na(I1\nI4\ntasVprice\nF1.0\nsVsame\nF1.5\ns'
      b'Vnew\n(lI1\naI2\naI3\naI4\naI5\naI6\nas'
      b'Vset\nc__builtin__\nset\n((lI1\naI5\natRs.')
