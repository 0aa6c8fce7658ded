package pickle

import "errors"

// Random is a random.Random of Python, the state of its generator, a Mersenne
// Twister. Float64 and Uint64 continue the sequence of Python's random() and
// getrandbits(64), and so does a rand.New(r) of package math/rand/v2 with
// numbers of its own. Several goroutines must not use one at once.
type Random struct {
	State [624]uint32
	Index int      // of the next word of State, 624 if new ones have to be made
	Gauss *float64 // what the next call of Python's gauss returns; nil for none
}

func registerRandom() {
	standardClass("random.Random", Random{}, nil)
}

var globalRandom = Global{interned("random"), interned("Random")}

// randomVersion is the version of the form of the state that Python has
// written since 2.6.
const randomVersion = 3

var errRandom = errors.New("it is no state of a random.Random")

// UnmarshalPickle implements Unmarshaler.
func (r *Random) UnmarshalPickle(v Value) error {
	o, err := decodeReduced(v)
	if err != nil {
		return err
	}
	state := tupleOf(o.State)
	if o.Callable != nil || len(o.Args) != 0 || len(state) != 3 || state[0] != any(int64(randomVersion)) {
		return errRandom
	}
	var made Random
	words := tupleOf(state[1])
	if len(words) != len(made.State)+1 {
		return errRandom
	}
	for i := range made.State {
		w, ok := words[i].(int64)
		if !ok || w != int64(uint32(w)) {
			return errRandom
		}
		made.State[i] = uint32(w)
	}
	index, ok := words[len(made.State)].(int64)
	if !ok || index < 0 || index > int64(len(made.State)) {
		return errRandom
	}
	made.Index = int(index)
	switch g := state[2].(type) {
	case nil:
	case float64:
		made.Gauss = &g
	default:
		return errRandom
	}
	*r = made
	return nil
}

// Reduce implements Reducer.
func (r *Random) Reduce() (Reduction, error) {
	if r.Index < 0 || r.Index > len(r.State) {
		return Reduction{}, errRandom
	}
	words := append(anys(r.State[:]), r.Index)
	state := Tuple{int64(randomVersion), words, nil}
	if r.Gauss != nil {
		state[2] = *r.Gauss
	}
	return Reduction{Callable: globalRandom, State: state}, nil
}

// Uint32 returns what getrandbits(32) returns in Python.
func (r *Random) Uint32() uint32 {
	if r.Index < 0 || r.Index >= len(r.State) {
		r.twist()
	}
	y := r.State[r.Index]
	r.Index++
	y ^= y >> 11
	y ^= y << 7 & 0x9d2c5680
	y ^= y << 15 & 0xefc60000
	return y ^ y>>18
}

// twist makes the next 624 words.
func (r *Random) twist() {
	const upper, lower, n, m = 1 << 31, 1<<31 - 1, len(r.State), 397
	for i := range n {
		y := r.State[i]&upper | r.State[(i+1)%n]&lower
		next := r.State[(i+m)%n] ^ y>>1
		if y&1 != 0 {
			next ^= 0x9908b0df
		}
		r.State[i] = next
	}
	r.Index = 0
}

// Uint64 returns what getrandbits(64) returns in Python.
func (r *Random) Uint64() uint64 {
	low := uint64(r.Uint32())
	return low | uint64(r.Uint32())<<32
}

// Float64 returns what random() returns in Python, a number from 0 up to but
// not including 1.
func (r *Random) Float64() float64 {
	a, b := r.Uint32()>>5, r.Uint32()>>6
	return (float64(a)*(1<<26) + float64(b)) / (1 << 53)
}

// String returns random.Random(...): Python does not show the state either.
func (r *Random) String() string { return Repr(r) }

func (r *Random) call() call { return call{name: "random.Random", args: []any{verbatim("...")}} }
