# Exchanges pickles and databases with the test of the Go program:
#
#   exchange.py write PROTOCOL DATABASE PICKLE   creates both files
#   exchange.py read DATABASE PICKLE             prints the records as JSON, or
#                                                the exception's class
import json
import pickle
import sqlite3
import sys

import dbpickle


def write(protocol, database, path):
    conn = sqlite3.connect(database)
    conn.execute("CREATE TABLE memos(key INTEGER PRIMARY KEY, task TEXT)")
    for task in ('give food to fish', 'prepare group meeting', 'fight with a zebra'):
        conn.execute("INSERT INTO memos VALUES(NULL, ?)", (task,))
    conn.commit()
    memos = [dbpickle.MemoRecord(key, task) for key, task in conn.execute("SELECT * FROM memos")]
    with open(path, 'wb') as f:
        dbpickle.DBPickler(f, int(protocol)).dump(memos)


def read(database, path):
    with open(path, 'rb') as f:
        try:
            memos = dbpickle.DBUnpickler(f, sqlite3.connect(database)).load()
        except Exception as e:
            print(json.dumps(type(e).__name__))
            return
    for memo in memos:
        assert type(memo) is dbpickle.MemoRecord, memo
    print(json.dumps([memo._asdict() for memo in memos]))


{'write': write, 'read': read}[sys.argv[1]](*sys.argv[2:])
