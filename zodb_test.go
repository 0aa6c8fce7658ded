package pickle_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log"
	"reflect"
	"slices"
	"testing"

	"github.com/go-pickle/pickle"
	"github.com/go-pickle/pickle/internal/pickletest"
)

// Records of ZODB (ZODB/serialize.py): a pickle of the class and the arguments of
// its __new__, and one of the state, by one Pickler whose memo goes on. Other
// objects of the database are persistent IDs: (oid, class), oid, ['w', (oid,)].

// zodbRecords are records as zodbpickle 2.5 writes them for Python 3, and as
// cPickle did for ZODB 3 and Python 2.
var zodbRecords = struct{ root, ann, annPython2 string }{
	root: "\x80\x03cpersistent.mapping\nPersistentMapping\nq\x00N\x86q\x01." +
		"\x80\x03}q\x02X\x04\x00\x00\x00dataq\x03}q\x04X\x03\x00\x00\x00annq\x05C\x08\x00\x00\x00\x00\x00\x00\x00\x01q\x06cbank\nAccount\nq\x07\x86q\x08Qss.",
	ann: "\x80\x03cbank\nAccount\nq\x00N\x86q\x01." +
		"\x80\x03}q\x02(X\x05\x00\x00\x00ownerq\x03X\x03\x00\x00\x00Annq\x04X\x07\x00\x00\x00balanceq\x05KdX\x07\x00\x00\x00historyq\x06C\x08\x00\x00\x00\x00\x00\x00\x00\x02q\x07cBTrees.OOBTree\nOOBTree\nq\x08\x86q\tQ" +
		"X\x06\x00\x00\x00friendq\nC\x08\x00\x00\x00\x00\x00\x00\x00\x03q\x0bh\x00\x86q\x0cQX\x04\x00\x00\x00clubq\rC\x08\x00\x00\x00\x00\x00\x00\x00\x04q\x0eQX\x05\x00\x00\x00rivalq\x0f]q\x10(X\x01\x00\x00\x00wq\x11C\x08\x00\x00\x00\x00\x00\x00\x00\x03q\x12\x85q\x13eQu.",
	annPython2: "(cbank\nAccount\nq\x00Ntq\x01." +
		"}q\x02(U\x04clubq\x03U\x08\x00\x00\x00\x00\x00\x00\x00\x04q\x04QU\x05rivalq\x05]q\x06(U\x01wq\x07(U\x08\x00\x00\x00\x00\x00\x00\x00\x03q\x08tq\teQU\x05ownerq\nX\x03\x00\x00\x00Annq\x0bU\x07balanceq\x0cKd" +
		"U\x06friendq\r(U\x08\x00\x00\x00\x00\x00\x00\x00\x03q\x0eh\x00tq\x0fQU\x07historyq\x10(U\x08\x00\x00\x00\x00\x00\x00\x00\x02q\x11cBTrees.OOBTree\nOOBTree\nq\x12tq\x13Qu.",
}

type (
	// zodbMeta is the first pickle of a record.
	zodbMeta struct {
		_       struct{} `pickle:",tuple"`
		Class   pickle.Global
		NewArgs any
	}
	// zodbRef refers to another object of the database.
	zodbRef struct {
		OID   [8]byte
		Class pickle.Global // not where the class has arguments, and not of a weak reference
		Weak  bool
	}
	zodbAccount struct {
		Owner   string   `pickle:"owner"`
		Balance int      `pickle:"balance"`
		History *zodbRef `pickle:"history"`
		Friend  *zodbRef `pickle:"friend"`
		Club    *zodbRef `pickle:"club"`
		Rival   *zodbRef `pickle:"rival"`
	}
	zodbMapping struct {
		Data map[string]*zodbRef `pickle:"data"`
	}
)

// zodbLoad makes a reference of a persistent ID.
func zodbLoad(pid any) (any, error) {
	r := new(zodbRef)
	switch id := pid.(type) {
	case pickle.Tuple:
		if len(id) == 2 {
			r.Class, _ = id[1].(pickle.Global)
			pid = id[0]
		}
	case []any:
		if len(id) == 2 && id[0] == "w" {
			if args, ok := id[1].(pickle.Tuple); ok && len(args) == 1 {
				pid, r.Weak = args[0], true
			}
		}
	}
	oid, ok := pid.([]byte)
	if s, isString := pid.(string); isString { // of Python 2
		oid, ok = []byte(s), true
	}
	if !ok || copy(r.OID[:], oid) != len(r.OID) {
		return nil, fmt.Errorf("no reference of ZODB: %s", pickle.Repr(pid))
	}
	return r, nil
}

// zodbID is the persistent ID of a reference.
func zodbID(v any) (pid any, ok bool, err error) {
	r, ok := v.(*zodbRef)
	switch {
	case !ok || r == nil:
		return nil, false, nil
	case r.Weak:
		return []any{"w", pickle.Tuple{r.OID}}, true, nil
	case r.Class == pickle.Global{}:
		return r.OID, true, nil
	}
	return pickle.Tuple{r.OID, r.Class}, true, nil
}

// readZODB reads a record: both pickles from one reader, with one memo.
func readZODB(r io.Reader, state any, opts ...pickle.Options) (zodbMeta, error) {
	dec := pickle.NewDecoder(r, append(opts, pickle.KeepMemo(true))...)
	var meta zodbMeta
	if err := dec.Decode(&meta); err != nil {
		return meta, err
	}
	return meta, dec.Decode(state)
}

func writeZODB(meta zodbMeta, state any, opts ...pickle.Options) ([]byte, error) {
	var record bytes.Buffer
	enc := pickle.NewEncoder(&record, append(opts, pickle.KeepMemo(true))...)
	err := errors.Join(enc.Encode(meta), enc.Encode(state))
	return record.Bytes(), err
}

// A record of ZODB is two pickles with one memo: the class, and the state of the
// object. Other objects are referred to by persistent IDs.
func Example_zodb() {
	record := zodbRecords.ann

	dec := pickle.NewDecoder(bytes.NewReader([]byte(record)), pickle.KeepMemo(true), pickle.PersistentLoad(zodbLoad))
	var meta zodbMeta
	var account zodbAccount
	if err := errors.Join(dec.Decode(&meta), dec.Decode(&account)); err != nil {
		log.Fatal(err)
	}
	fmt.Println(meta.Class.Name, account.Owner, account.Balance, account.Friend.Class.Name, account.Friend.OID[7])

	account.Balance -= 30
	var changed bytes.Buffer
	enc := pickle.NewEncoder(&changed, pickle.Protocol(3), pickle.KeepMemo(true), pickle.PersistentID(zodbID))
	if err := errors.Join(enc.Encode(meta), enc.Encode(account)); err != nil {
		log.Fatal(err)
	}
	fmt.Println(changed.Len() == len(record))
	// Output:
	// Account Ann 100 Account 3
	// true
}

func TestZODB(t *testing.T) {
	hooks := []pickle.Options{pickle.Protocol(3), pickle.PersistentLoad(zodbLoad), pickle.PersistentID(zodbID)}
	account := pickle.Global{Module: "bank", Name: "Account"}
	oid := func(n byte) [8]byte { return [8]byte{7: n} }
	ann := zodbAccount{"Ann", 100, &zodbRef{oid(2), pickle.Global{Module: "BTrees.OOBTree", Name: "OOBTree"}, false},
		&zodbRef{oid(3), account, false}, &zodbRef{OID: oid(4)}, &zodbRef{OID: oid(3), Weak: true}}
	root := zodbMapping{map[string]*zodbRef{"ann": {OID: oid(1), Class: account}}}
	for _, tt := range []struct {
		record      string
		state, want any
		class       pickle.Global
	}{
		{zodbRecords.root, new(zodbMapping), &root, pickle.Global{Module: "persistent.mapping", Name: "PersistentMapping"}},
		{zodbRecords.ann, new(zodbAccount), &ann, account},
		{zodbRecords.annPython2, new(zodbAccount), &ann, account},
	} {
		for _, reader := range readers {
			meta, err := readZODB(reader.make(bytes.NewReader([]byte(tt.record))), tt.state, hooks...)
			if err != nil || meta.Class != tt.class || meta.NewArgs != nil || !reflect.DeepEqual(tt.state, tt.want) {
				t.Errorf("%s: %+v, %+v, %v", reader.name, meta, tt.state, err)
			}
			if tt.record == zodbRecords.annPython2 {
				continue
			}
			if data, err := writeZODB(meta, tt.state, hooks...); err != nil || string(data) != tt.record {
				t.Errorf("%v\n got  %q\n want %q", err, data, tt.record)
			}
		}
	}
	// With nothing said of classes and references they are kept as they are.
	for protocol, record := range map[int]string{3: zodbRecords.ann, 1: zodbRecords.annPython2} {
		var state any
		meta, err := readZODB(bytes.NewReader([]byte(record)), &state, pickle.Python2Strings(pickle.Python2ByteString))
		if err != nil {
			t.Fatal(err)
		}
		ref, _ := state.(*pickle.Dict).Get("friend")
		if id := ref.(pickle.PersistentRef).ID.(pickle.Tuple); id[1] != meta.Class {
			t.Errorf("%#v", ref)
		}
		data, err := writeZODB(meta, state, pickle.Protocol(protocol))
		if twice := protocol == 1 && !hasAddresses; err != nil || string(data) != record && !twice { // it has two strs that are equal
			t.Errorf("%v\n got  %q\n want %q", err, data, record)
		}
	}
	// The second pickle alone refers to what the first one has.
	var s *pickle.SyntaxError
	second := zodbRecords.ann[len("\x80\x03cbank\nAccount\nq\x00N\x86q\x01."):]
	if err := pickle.Unmarshal([]byte(second), new(any)); !asError(err, &s) {
		t.Error(err)
	}
	var e *pickle.UnmarshalTypeError
	before := ann
	if err := pickle.Unmarshal([]byte("\x80\x03}X\x07\x00\x00\x00historyK\x05Qs."), &before, hooks...); !asError(err, &e) || e.Path != "history" || before != ann {
		t.Error(err, before)
	}
}

// TestLiveZODB: Pythons read both pickles of what Go writes with one
// Unpickler, and Go reads what they write.
func TestLiveZODB(t *testing.T) {
	account := pickle.Global{Module: "shapes", Name: "Plain"}
	const prelude = `
import io, pickle
class Ref(object):
    def __init__(self, pid): self.pid = pid
try:
    from cPickle import Pickler, Unpickler
except ImportError:
    class Pickler(pickle.Pickler):
        persistent_id = lambda self, obj: getattr(obj, 'pid', None)
    class Unpickler(pickle.Unpickler):
        persistent_load = lambda self, pid: Ref(pid)
def pickler(out, protocol):
    p = Pickler(out, protocol)
    if bytes is str: p.persistent_id = lambda obj: getattr(obj, 'pid', None)
    return p
def unpickler(data):
    u = Unpickler(io.BytesIO(data))
    if bytes is str: u.persistent_load = Ref
    return u
`
	for _, p := range []struct {
		version  string
		protocol int
		oid      any
	}{{"2.7", 1, pickle.ByteString("\x00\x00\x00\x00\x00\x00\x00\x07")}, {"2.7", 2, pickle.ByteString("\x00\x00\x00\x00\x00\x00\x00\x07")}, {"3.6", 3, []byte{7: 7}}, {"3.13", 3, []byte{7: 7}}} {
		python := pickletest.StartPython(t, p.version)
		state := map[string]any{"a": 1, "friend": pickle.PersistentRef{ID: pickle.Tuple{p.oid, account}}}
		data, err := writeZODB(zodbMeta{Class: account}, state, pickle.Protocol(p.protocol))
		if err != nil {
			t.Fatal(err)
		}
		var found []bool
		ask(t, python, fmt.Sprintf(`%s
u = unpickler(b%v)
meta, state = u.load(), u.load()
oid, cls = state['friend'].pid
value = [meta == (shapes.Plain, None), sorted(state) == ['a', 'friend'], state['a'] == 1, oid == b'\0' * 7 + b'\7', type(oid) is bytes, cls is shapes.Plain]`,
			prelude, pythonBytes(data)), &found)
		if len(found) != 6 || slices.Contains(found, false) {
			t.Errorf("%s: %v", p.version, found)
		}
		var record []byte
		ask(t, python, fmt.Sprintf(`%s
out = io.BytesIO()
p = pickler(out, %d)
p.dump((shapes.Plain, None))
p.dump({'owner': u'Ann', 'friend': Ref((b'\0' * 7 + b'\7', shapes.Plain)), 'rival': Ref(['w', (b'\0' * 8,)])})
value = out.getvalue()`, prelude, p.protocol), &record)
		var back zodbAccount
		meta, err := readZODB(bytes.NewReader(record), &back, pickle.PersistentLoad(zodbLoad))
		if err != nil || meta.Class != account || back.Owner != "Ann" || *back.Friend != (zodbRef{[8]byte{7: 7}, account, false}) || *back.Rival != (zodbRef{Weak: true}) {
			t.Errorf("%s: %v, %v, %v", p.version, meta, back, err)
		}
	}
}
