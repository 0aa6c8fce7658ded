package pickle_test

import (
	"encoding/hex"
	"math/big"
	"reflect"

	"github.com/go-pickle/pickle"
	"github.com/go-pickle/pickle/internal/pickletest"
	"github.com/go-pickle/pickle/vm"
)

// describer writes what is in an any as testdata/README.md defines it, identity
// included, so that it can be compared with what Python says of the same pickle.
type describer struct {
	ids      pickletest.Identities
	protocol int
}

func describe(v any, protocol int) any {
	d := describer{protocol: protocol}
	out := d.any(v)
	d.ids.Number()
	return out
}

type node = pickletest.Node

func (d *describer) any(v any) any {
	switch v := v.(type) {
	case nil, bool:
		return v
	case int64:
		return node{"int": big.NewInt(v).String()}
	case *big.Int:
		return node{"int": v.String()}
	case float64:
		return pickletest.Float(v)
	case complex128:
		return node{"complex": []any{pickletest.FloatRepr(real(v)), pickletest.FloatRepr(imag(v))}}
	case string:
		return pickletest.Text(v)
	case []byte:
		return node{"bytes": hex.EncodeToString(v)}
	case pickle.ByteString:
		return node{"bstr": hex.EncodeToString([]byte(v))}
	case pickle.Range:
		return node{"range": []any{v.Start, v.Stop, v.Step}}
	case pickle.Slice:
		return node{"slice": d.list([]any{v.Start, v.Stop, v.Step})}
	case pickle.Ellipsis:
		return node{"ellipsis": true}
	case pickle.NotImplemented:
		return node{"notimplemented": true}
	case pickle.Global:
		return node{"global": v.Module + " " + v.Name}
	case pickle.Extension:
		return node{"ext": int(v)}
	case pickle.PersistentRef:
		return node{"persid": d.any(v.ID)}
	case pickle.Buffer:
		return node{"buffer": hex.EncodeToString(v.Data), "readonly": v.ReadOnly}
	}
	return d.container(v)
}

// identity is what makes a slice one object.
type sliceIdentity struct {
	p    uintptr
	n    int
	kind string
}

func (d *describer) slice(v any, kind string, fill func(node)) any {
	rv := reflect.ValueOf(v)
	return d.ids.Visit(sliceIdentity{rv.Pointer(), rv.Len(), kind}, fill)
}

func (d *describer) container(v any) any {
	switch v := v.(type) {
	case []any:
		return d.slice(v, "list", func(n node) { n["list"] = d.list(v) })
	case pickle.Tuple:
		if len(v) == 0 {
			return node{"tuple": []any{}}
		}
		return d.slice(v, "tuple", func(n node) { n["tuple"] = d.list(v) })
	case pickle.ByteArray:
		return d.slice(v, "bytearray", func(n node) { n["bytearray"] = hex.EncodeToString(v) })
	case *pickle.Dict:
		return d.ids.Visit(v, func(n node) {
			pairs := []any{}
			for k, x := range v.All() {
				key := d.any(k)
				pairs = append(pairs, []any{key, d.any(x)})
			}
			n["dict"] = pairs
		})
	case *pickle.Set:
		return d.ids.Visit(v, func(n node) {
			all := []any{}
			for x := range v.All() {
				all = append(all, d.any(x))
			}
			n["set"] = all
		})
	case pickle.FrozenSet:
		all := []any{}
		fill := func(n node) {
			for x := range v.All() {
				all = append(all, d.any(x))
			}
			n["frozenset"] = all
		}
		if v.Len() == 0 {
			return node{"frozenset": all}
		}
		return d.ids.Visit(v, fill)
	case *pickle.Object:
		return d.object(v)
	}
	return node{"unexpected": reflect.TypeOf(v).String()}
}

func (d *describer) list(s []any) []any {
	out := make([]any, len(s))
	for i, x := range s {
		out[i] = d.any(x)
	}
	return out
}

var forms = map[vm.Form]string{
	vm.FormReduce: "reduce", vm.FormNewObj: "newobj", vm.FormNewObjEx: "newobjex",
	vm.FormReconstructor: "reconstructor", vm.FormInst: "inst", vm.FormObj: "obj", vm.FormItself: "itself",
}

func (d *describer) object(o *pickle.Object) any {
	if g, ok := attribute(o); ok {
		return node{"global": g}
	}
	return d.ids.Visit(o, func(n node) {
		n["form"] = forms[o.Form]
		switch callable := o.Callable.(type) {
		case nil:
			n["object"] = o.Class.Module + " " + o.Class.Name
		case *pickle.Object:
			if g, ok := attribute(callable); ok {
				n["object"] = g
				break
			}
			n["callable"] = d.any(callable)
		default:
			n["callable"] = d.any(callable)
		}
		if o.Form == vm.FormReconstructor {
			n["base"] = o.Base.Module + " " + o.Base.Name
		}
		n["args"] = d.list(o.Args)
		if o.Kwargs != nil {
			pairs := []any{}
			for k, x := range o.Kwargs.All() {
				key := d.any(k)
				pairs = append(pairs, []any{key, d.any(x)})
			}
			n["kwargs"] = pairs
		}
		if len(o.Items) > 0 {
			n["items"] = d.list(o.Items)
		}
		if len(o.Pairs) > 0 {
			pairs := []any{}
			for _, p := range o.Pairs {
				key := d.any(p.Key)
				pairs = append(pairs, []any{key, d.any(p.Value)})
			}
			n["pairs"] = pairs
		}
		if o.Setter != nil {
			n["setter"] = d.any(o.Setter)
		}
		if o.State != nil {
			n["state"] = d.any(o.State)
		}
	})
}

// attribute returns what getattr(class, "name") names.
func attribute(o *pickle.Object) (string, bool) {
	if o.Class != (pickle.Global{Module: "builtins", Name: "getattr"}) || len(o.Args) != 2 {
		return "", false
	}
	name, ok := o.Args[1].(string)
	if !ok {
		return "", false
	}
	switch of := o.Args[0].(type) {
	case pickle.Global:
		return of.Module + " " + of.Name + "." + name, true
	case *pickle.Object:
		g, ok := attribute(of)
		return g + "." + name, ok
	}
	return "", false
}
