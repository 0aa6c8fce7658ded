package pickle_test

import (
	"fmt"

	"github.com/go-pickle/pickle"
)

// A collections.OrderedDict is a *OrderedDict in an any, and goes into maps and
// structs like a dict.
func ExampleOrderedDict() {
	data, err := pickle.Marshal(pickle.NewOrderedDict("width", 3, "height", 2))
	if err != nil {
		panic(err)
	}
	var v any
	if err := pickle.Unmarshal(data, &v); err != nil {
		panic(err)
	}
	var size struct {
		Width  int `pickle:"width"`
		Height int `pickle:"height"`
	}
	if err := pickle.Unmarshal(data, &size); err != nil {
		panic(err)
	}
	fmt.Println(v)
	fmt.Println(size)
	// Output:
	// OrderedDict({'width': 3, 'height': 2})
	// {3 2}
}

// A collections.deque is a *Deque, or a slice.
func ExampleDeque() {
	most := 3
	data, err := pickle.Marshal(&pickle.Deque{Items: []any{1, 2, 3}, MaxLen: &most})
	if err != nil {
		panic(err)
	}
	var v any
	if err := pickle.Unmarshal(data, &v); err != nil {
		panic(err)
	}
	var numbers []int
	if err := pickle.Unmarshal(data, &numbers); err != nil {
		panic(err)
	}
	fmt.Println(v)
	fmt.Println(numbers)
	// Output:
	// deque([1, 2, 3], maxlen=3)
	// [1 2 3]
}

// The factory of a collections.defaultdict is the name of a class or function.
func ExampleDefaultDict() {
	d := pickle.NewDefaultDict(pickle.Global{Module: "builtins", Name: "list"}, "a", []any{1})
	fmt.Println(d)
	// Output: defaultdict(<class 'list'>, {'a': [1]})
}

// An array.array goes into slices of every type that all its numbers fit.
func ExampleArrayOf() {
	data, err := pickle.Marshal(pickle.ArrayOf([]int32{1, -2, 300}))
	if err != nil {
		panic(err)
	}
	var v any
	if err := pickle.Unmarshal(data, &v); err != nil {
		panic(err)
	}
	var numbers []int16
	if err := pickle.Unmarshal(data, &numbers); err != nil {
		panic(err)
	}
	fmt.Println(v, v.(*pickle.Array).Data.([]int32)[2])
	fmt.Println(numbers)
	// Output:
	// array('i', [1, -2, 300]) 300
	// [1 -2 300]
}

// Playlist is a class Playlist(list) that has an attribute owner.
type Playlist struct {
	Songs []string `pickle:",base"`
	Owner string   `pickle:"owner"`
}

// A class that is derived from one of Python's own is a struct with a field
// tagged ,base, which has what the list, dict, str and so on has.
func ExampleRegister_base() {
	registry := pickle.NewRegistry()
	if err := registry.Register("music.Playlist", Playlist{}); err != nil {
		panic(err)
	}
	data, err := pickle.Marshal(Playlist{[]string{"So What", "Naima"}, "Ana"}, pickle.WithRegistry(registry))
	if err != nil {
		panic(err)
	}
	var list Playlist
	if err := pickle.Unmarshal(data, &list, pickle.WithRegistry(registry)); err != nil {
		panic(err)
	}
	fmt.Println(list)
	// Output: {[So What Naima] Ana}
}
