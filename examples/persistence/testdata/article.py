# The pickles of the article's listings, for Python 2 and 3:
#
#   article.py write   writes those of Python to the current directory
#   article.py check   loads those that are there, and fails if one is not what
#                      it should be
import pickle
import sys
import types

if sys.version_info < (3,):
    import cPickle as pickle  # noqa: F811

WHAT = 'What is a Foo?'


def module(name):
    """Returns the module of that name, after creating it and its packages."""
    outer = name.rpartition('.')[0]
    if outer:
        module(outer)
    if name not in sys.modules:
        sys.modules[name] = types.ModuleType(name)
        if outer:
            setattr(sys.modules[outer], name.rpartition('.')[2], sys.modules[name])
    return sys.modules[name]


persist = module('Orbtech.examples.persist')
storage = module('Orbtech.examples.storage')


def defined_in(mod, name=None):
    """Defines a class in another module, maybe by another name."""
    def define(cls):
        cls.__module__ = mod.__name__
        cls.__name__ = cls.__qualname__ = name or cls.__name__
        setattr(mod, cls.__name__, cls)
        return cls
    return define


# Listing 11.
@defined_in(persist)
class Foo(object):
    def __init__(self, value):
        self.value = value


# Listing 15; mode 'r+' where the article has 'w', which empties the file.
class LoggingFoo(object):
    def __init__(self, value, filename):
        self.value = value
        self.logfile = open(filename, 'w')

    def __getstate__(self):
        """Return state values to be pickled."""
        f = self.logfile
        return (self.value, f.name, f.tell())

    def __setstate__(self, state):
        """Restore state from the unpickled state values."""
        self.value, name, position = state
        f = open(name, 'r+')
        f.seek(position)
        self.logfile = f


@defined_in(storage)
class NewFoo(object):
    def __init__(self, value):
        self.value = value


# Listing 16: what becomes of the old class.
class RenamedFoo(object):
    def __setstate__(self, state):
        self.__dict__.update(state)
        self.__class__ = NewFoo


# Listing 17, before and after.
class OldPerson(object):
    def __init__(self, firstname, lastname):
        self.firstname = firstname
        self.lastname = lastname


class Person(object):
    def __init__(self, fullname):
        self.fullname = fullname

    def __setstate__(self, state):
        if 'fullname' not in state:
            first = ''
            last = ''
            if 'firstname' in state:
                first = state['firstname']
                del state['firstname']
            if 'lastname' in state:
                last = state['lastname']
                del state['lastname']
            self.fullname = " ".join([first, last]).strip()
        self.__dict__.update(state)


def two_lists():
    a = [1, 2]
    b = [3, 4]
    a.append(b)
    b.append(a)
    return a, b


def dump(name, *objects, **options):
    with open(name, 'wb') as f:
        for obj in objects:
            pickle.dump(obj, f, options.get('protocol', 0))


def write():
    t1 = ('this is a string', 42, [1, 2, 3], None)
    dump('01-text.pkl', t1)
    dump('01-binary.pkl', t1, protocol=1)
    dump('02.pkl', 'apple', {1: 'One', 2: 'Two', 3: 'Three'}, ['fee', 'fie', 'foe', 'fum'], protocol=1)
    a = [1, 2, 3, 4]
    dump('04.pkl', (a, a))
    l = [1, 2, 3]
    l.append(l)
    dump('05.pkl', l)
    a, b = two_lists()
    dump('06.pkl', (a, b))
    dump('07.pkl', a, b)
    dump('08.pkl', [1, 2, 3])
    with open('09.pkl', 'wb') as f:
        pickler = pickle.Pickler(f, 0)
        pickler.dump(a)
        pickler.dump(b)
    for name in '12.pkl', '13.pkl', '14.pkl', '16-old.pkl':
        dump(name, Foo(WHAT))
    defined_in(persist, 'Foo')(LoggingFoo)
    foo = LoggingFoo(WHAT, '15.log')
    foo.logfile.write('before\n')
    dump('15.pkl', foo)
    dump('16-new.pkl', NewFoo(WHAT))
    defined_in(persist, 'Person')(OldPerson)
    dump('17-old.pkl', OldPerson('Patrick', "O'Brien"))
    defined_in(persist, 'Person')(Person)
    dump('17-new.pkl', Person("Patrick O'Brien"))


def load(name, count=1, one_memo=False):
    """Returns the objects of a file, which must have no more."""
    with open(name, 'rb') as f:
        if one_memo:
            unpickler = pickle.Unpickler(f)
            objects = [unpickler.load() for _ in range(count)]
        else:
            objects = [pickle.load(f) for _ in range(count)]
        assert not f.read(), name
    return objects if count > 1 else objects[0]


def check_foo(name, cls):
    foo = load(name)
    assert type(foo) is cls and foo.__dict__ == {'value': WHAT}, name


def check():
    for name in '01-text.pkl', '01-binary.pkl':
        t = load(name)
        assert t == ('this is a string', 42, [1, 2, 3], None) and type(t) is tuple, t
    assert load('02.pkl', 3) == ['apple', {1: 'One', 2: 'Two', 3: 'Three'}, ['fee', 'fie', 'foe', 'fum']]
    d, e = load('04.pkl')
    d.append(5)
    assert d == [1, 2, 3, 4, 5] and d is e, (d, e)
    l = load('05.pkl')
    assert l[:3] == [1, 2, 3] and len(l) == 4 and l[3] is l, l
    for name, (c, d) in ('06.pkl', load('06.pkl')), ('07.pkl', load('07.pkl', 2)), ('09.pkl', load('09.pkl', 2, True)):
        assert c[:2] == [1, 2] and d[:2] == [3, 4] and len(c) == len(d) == 3, name
        assert c[2][2] is c and d[2][2] is d, name
        assert (c[2] is d) == (d[2] is c) == (name != '07.pkl'), name
    assert load('08.pkl') == [1, 2, 3]
    for name in '12.pkl', '13.pkl', '14.pkl', '16-old.pkl':
        check_foo(name, Foo)
    check_foo('16-new.pkl', NewFoo)

    defined_in(persist, 'Foo')(RenamedFoo)
    check_foo('16-old.pkl', NewFoo)
    defined_in(persist, 'Foo')(LoggingFoo)
    foo = load('15.pkl')
    assert type(foo) is LoggingFoo and foo.value == WHAT and foo.logfile.tell() == len('before\n')

    defined_in(persist, 'Person')(OldPerson)
    assert load('17-old.pkl').__dict__ == {'firstname': 'Patrick', 'lastname': "O'Brien"}
    defined_in(persist, 'Person')(Person)
    for name in '17-old.pkl', '17-new.pkl':
        person = load(name)
        assert type(person) is Person and person.__dict__ == {'fullname': "Patrick O'Brien"}, name

    # Listings 13 and 14: Python does not find what was renamed.
    del persist.Foo
    for name, gone in ('13.pkl', None), ('14.pkl', 'Orbtech.examples.persist'):
        if gone:
            del sys.modules[gone]
        try:
            load(name)
        except (ImportError if gone else AttributeError):
            continue
        raise AssertionError(name)


{'write': write, 'check': check}[sys.argv[1]]()
