# -*- coding: utf-8 -*-
# The class of the example in all its versions, for Python 2 and 3:
#
#   people.py write VERSION PROTOCOL FILE ...   pickles two people of a version, to
#                                               a file at each protocol
#   people.py read FILE ...                     loads two people from each by the
#                                               class of today, and prints a line
#                                               of JSON with their attributes
#
# The pickles beside this file are named VERSION-PYTHON-pPROTOCOL.pkl; the test
# compares them with what this writes now.
import json
import pickle
import sys
import types

if sys.version_info < (3,):
    import cPickle as pickle  # noqa: F811


def defined_in(name):
    """Defines a class in a module of that name."""
    def define(cls):
        cls.__module__ = name
        cls.__qualname__ = cls.__name__
        setattr(sys.modules.setdefault(name, types.ModuleType(name)), cls.__name__, cls)
        return cls
    return define


def oldstyle():
    class Person:  # of Python 2, not derived from object
        pass

    def new(number, firstname, lastname):
        p = Person()
        p.number, p.firstname, p.lastname, p.fax = number, firstname, lastname, '555-%d' % number
        return p

    defined_in('addressbook')(Person)
    return [new(1, 'Ann', 'Smith'), new(2, 'Zoë', '')]


def newstyle():
    @defined_in('addressbook')
    class Person(object):
        def __init__(self, number, firstname, lastname):
            self.number = number
            self.firstname = firstname
            self.lastname = lastname
            self.fax = '555-%d' % number

    return [Person(1, 'Ann', 'Smith'), Person(2, 'Zoë', '')]


def managed(ann, zoe):
    """Ann is everybody's manager, her own too; Zoë has an attribute of hers."""
    ann.manager = zoe.manager = ann
    zoe.badge = ('blue', 7)
    return [ann, zoe]


def contacts():
    @defined_in('contacts')
    class Contact(object):
        def __init__(self, number, firstname, lastname, language):
            self.number = number
            self.firstname = firstname
            self.lastname = lastname
            self.language = language

    return managed(Contact(1, 'Ann', 'Smith', 'en'), Contact(2, 'Zoë', '', 'fr'))


sys.modules['directory'] = types.ModuleType('directory')  # Python 2 wants the package


@defined_in('directory.people')
class Person(object):
    def __init__(self, number, fullname, language='en', manager=None):
        self.number = number
        self.fullname = fullname
        self.language = language
        self.manager = manager


def now():
    return managed(Person(1, 'Ann Smith'), Person(2, 'Zoë', 'fr'))


def write(version, *args):
    people = {'oldstyle': oldstyle, 'newstyle': newstyle, 'contacts': contacts, 'now': now}[version]()
    for protocol, path in zip(args[::2], args[1::2]):
        with open(path, 'wb') as f:
            pickle.dump(people, f, int(protocol))


def read(*paths):
    for path in paths:
        with open(path, 'rb') as f:
            ann, zoe = people = pickle.load(f)
        print(json.dumps([attributes(person, ann) for person in people]))


def attributes(person, ann):
    assert type(person) is Person, person
    described = dict(person.__dict__)
    manager = described.pop('manager')
    assert manager is ann or manager is None, manager
    return dict(described, managed=manager is ann)


{'write': write, 'read': read}[sys.argv[1]](*sys.argv[2:])
