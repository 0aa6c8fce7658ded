package pickle

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/big"
	"net/netip"
	"reflect"
	"strings"
)

// Python's module ipaddress. Its addresses are netip.Addr, its networks
// netip.Prefix, and its interfaces IPInterface. The types of package net are
// text, as they are for encoding/json: a net.IP is written as a str, and read
// from a str or an address. This package does not import net for more, which
// would make every program that uses pickle larger.

func registerIPAddress() {
	standardFunc("ipaddress.IPv4Address", ipv4Address, Reduces(reduceAddr))
	standardFunc("ipaddress.IPv6Address", ipv6Address)
	standardFunc("ipaddress.IPv4Network", func(s string) (netip.Prefix, error) { return parseNetwork(s, 4) }, Reduces(reducePrefix))
	standardFunc("ipaddress.IPv6Network", func(s string) (netip.Prefix, error) { return parseNetwork(s, 6) })
	standardFunc("ipaddress.IPv4Interface", func(s string) (IPInterface, error) { return parseInterface(s, 4) }, Reduces(reduceInterface))
	standardFunc("ipaddress.IPv6Interface", func(s string) (IPInterface, error) { return parseInterface(s, 6) })
}

// IPInterface is an ipaddress.IPv4Interface or IPv6Interface: an address in a
// network, such as 192.0.2.1/24. It differs from a netip.Prefix in that it has
// an IPv6 zone, and in that it is an interface even where the address is the
// network's own. The zero IPInterface is None in Python.
type IPInterface struct {
	Addr netip.Addr
	Bits int // the length of the network's prefix
}

var errNoAddress = errors.New("it is not an address as Python writes it")

// Prefix returns the address, without its zone, and the length of the prefix.
func (i IPInterface) Prefix() netip.Prefix { return netip.PrefixFrom(i.Addr, i.Bits) }

// Network returns the network that the address is in.
func (i IPInterface) Network() netip.Prefix { return i.Prefix().Masked() }

// ParseIPInterface returns the interface that text such as 192.0.2.1/24 or
// fe80::1%eth0/64 is. An address alone has all its bits for a prefix.
func ParseIPInterface(s string) (IPInterface, error) {
	host, length, found := strings.Cut(s, "/")
	a, err := netip.ParseAddr(host)
	if err != nil || !found {
		return IPInterface{a, max(a.BitLen(), 0)}, err
	}
	p, err := netip.ParsePrefix(a.WithZone("").String() + "/" + length)
	if err != nil {
		return IPInterface{}, err
	}
	return IPInterface{a, p.Bits()}, nil
}

// String returns the interface as Python's str does: 192.0.2.1/24.
func (i IPInterface) String() string {
	if i == (IPInterface{}) {
		return "None"
	}
	return fmt.Sprintf("%s/%d", i.Addr, i.Bits)
}

// assignTo stores the text in strings, and what has no zone in a netip.Prefix.
// There is no MarshalText, because netip.Addr would read the text and take the
// length of the prefix for a part of the zone.
func (i IPInterface) assignTo(v reflect.Value) bool {
	switch p := i.Prefix(); {
	case v.Kind() == reflect.String:
		v.SetString(i.String())
	case v.Type() == reflect.TypeOf(p) && i.Addr.Zone() == "":
		v.Set(reflect.ValueOf(p))
	default:
		return false
	}
	return true
}

func (i IPInterface) call() call { return ipCall(i.Addr, "Interface", i) }

// className returns the name of the class of an address and what belongs to
// it, or why Python has none.
func className(a netip.Addr, kind string) (string, error) {
	switch {
	case !a.IsValid():
		return "", errNoAddress
	case a.Is4():
		return "IPv4" + kind, nil
	case strings.ContainsAny(a.Zone(), "%/"):
		return "", fmt.Errorf("the zone %q cannot be one in Python", a.Zone())
	}
	return "IPv6" + kind, nil
}

// ipReduction is the call of the class for a with its argument.
func ipReduction(a netip.Addr, kind string, arg any) (Reduction, error) {
	name, err := className(a, kind)
	if err != nil {
		return Reduction{}, err
	}
	return Reduction{Callable: Global{interned("ipaddress"), interned(name)}, Args: Tuple{arg}}, nil
}

// reduceAddr writes an IPv6 address as text, as CPython does from 3.11 on,
// which is the only form with a zone; all versions read it.
func reduceAddr(a netip.Addr) (Reduction, error) {
	switch {
	case a == netip.Addr{}:
		return Reduction{}, nil
	case a.Is4():
		b := a.As4()
		return ipReduction(a, "Address", int64(binary.BigEndian.Uint32(b[:])))
	}
	return ipReduction(a, "Address", a.String())
}

// reducePrefix writes a prefix without bits beyond its length as a network,
// and any other as an interface: Python's networks cannot have such bits.
func reducePrefix(p netip.Prefix) (Reduction, error) {
	switch {
	case p == netip.Prefix{}:
		return Reduction{}, nil
	case !p.IsValid():
		return Reduction{}, fmt.Errorf("the prefix is not valid: %v", p)
	case p != p.Masked():
		return ipReduction(p.Addr(), "Interface", p.String())
	}
	return ipReduction(p.Addr(), "Network", p.String())
}

func reduceInterface(i IPInterface) (Reduction, error) {
	switch {
	case i == IPInterface{}:
		return Reduction{}, nil
	case i.Bits < 0 || i.Bits > i.Addr.BitLen():
		return Reduction{}, fmt.Errorf("%v has no prefix of %d bits", i.Addr, i.Bits)
	}
	return ipReduction(i.Addr, "Interface", i.String())
}

// ipv4Address and ipv6Address are the classes. Their argument is an int; that of
// IPv6Address is text from Python 3.11 on.
func ipv4Address(x any) (netip.Addr, error) {
	switch x := x.(type) {
	case int64:
		if x >= 0 && x < 1<<32 {
			return netip.AddrFrom4([4]byte{byte(x >> 24), byte(x >> 16), byte(x >> 8), byte(x)}), nil
		}
	case string:
		return parseAddr(x, 4)
	}
	return netip.Addr{}, errNoAddress
}

func ipv6Address(x any) (netip.Addr, error) {
	var i *big.Int
	switch x := x.(type) {
	case int64:
		i = big.NewInt(x)
	case *big.Int:
		i = x
	case string:
		return parseAddr(x, 6)
	}
	if i == nil || i.Sign() < 0 || i.BitLen() > 128 {
		return netip.Addr{}, errNoAddress
	}
	var b [16]byte
	i.FillBytes(b[:])
	return netip.AddrFrom16(b), nil
}

// mostAddress is the length of the longest text that is looked at. A zone has
// no limit, and calls can share the text.
const mostAddress = 256

// checked returns a value parsed from s, if it is one of an address of that
// version of IP.
func checked[T any](s string, version int, parse func(string) (T, error), addr func(T) netip.Addr) (x T, err error) {
	if len(s) > mostAddress {
		return x, errNoAddress
	}
	x, err = parse(s)
	if err == nil && addr(x).Is4() != (version == 4) {
		err = errNoAddress
	}
	return x, err
}

func parseAddr(s string, version int) (netip.Addr, error) {
	return checked(s, version, netip.ParseAddr, func(a netip.Addr) netip.Addr { return a })
}

func parseNetwork(s string, version int) (netip.Prefix, error) {
	p, err := checked(s, version, netip.ParsePrefix, netip.Prefix.Addr)
	if err == nil && p != p.Masked() {
		err = errNoAddress
	}
	return p, err
}

func parseInterface(s string, version int) (IPInterface, error) {
	return checked(s, version, ParseIPInterface, func(i IPInterface) netip.Addr { return i.Addr })
}

// ipCall is the repr of an address and the like, if there is an address.
func ipCall(a netip.Addr, kind string, text fmt.Stringer) call {
	name, err := className(a, kind)
	if err != nil {
		name = "ip_" + strings.ToLower(kind)
	}
	return call{name: name, args: []any{text.String()}}
}

// prefixCall is the repr of what a prefix is written as.
func prefixCall(p netip.Prefix) call {
	if p != p.Masked() {
		return ipCall(p.Addr(), "Interface", p)
	}
	return ipCall(p.Addr(), "Network", p)
}
