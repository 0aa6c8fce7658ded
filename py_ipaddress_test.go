package pickle_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/go-pickle/pickle"
	"github.com/go-pickle/pickle/internal/pickletest"
)

var (
	addr         = netip.MustParseAddr
	prefix       = netip.MustParsePrefix
	comparePlain = cmp.Comparer(func(a, b netip.Addr) bool { return a == b })
	comparePre   = cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })
)

func iface(s string) pickle.IPInterface {
	i, err := pickle.ParseIPInterface(s)
	if err != nil {
		panic(err)
	}
	return i
}

func addrs(all ...string) (list []any) {
	for _, s := range all {
		list = append(list, addr(s))
	}
	return list
}

func prefixes(all ...string) (list []any) {
	for _, s := range all {
		list = append(list, prefix(s))
	}
	return list
}

// textFrom311 is the reason for IPv6 addresses, which are ints before 3.11, and
// text from then on, in the form of 3.13 here.
func textFrom311(c pickletest.Case) string {
	switch c.Impl {
	case "cpython3.6", "cpython3.8":
		return "an int there"
	case "cpython3.11":
		return "the last 32 bits of ::ffff:c000:201 are hexadecimal there"
	}
	return ""
}

func TestIPAddress(t *testing.T) {
	testStandard(t, []standard{
		{name: "std_ip", want: addr("192.0.2.1")},
		{name: "std_ipv4address", want: addrs("0.0.0.0", "192.0.2.1", "255.255.255.255"), otherBytes: func(c pickletest.Case) string {
			if c.Impl == "cpython3.6" && c.Protocol == 0 {
				return "0 is 0L there"
			}
			return ""
		}},
		{name: "std_ipv6address", want: addrs("::", "2001:db8::1", "::ffff:192.0.2.1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), otherBytes: textFrom311},
		{name: "std_ipv4network", want: prefixes("192.0.2.0/24", "0.0.0.0/0", "192.0.2.1/32")},
		{name: "std_ipv6network", want: prefixes("2001:db8::/32", "::/0", "::1/128")},
		{name: "std_ipv4interface", want: []any{iface("192.0.2.1/24"), iface("192.0.2.1/32")}},
		{name: "std_ipv6interface", want: []any{iface("2001:db8::1/32"), iface("::1/128")}},
		{name: "std_ipv6_scoped", want: []any{addr("fe80::1%eth0"), iface("fe80::1%eth0/64")}, otherValue: func(c pickletest.Case) string {
			if c.Impl == "pypy3" {
				return "the address is an int there, without a zone"
			}
			return ""
		}},
	}, comparePlain, comparePre)
}

func TestIPAddressInto(t *testing.T) {
	a := addr("192.0.2.1")
	into(t, "std_ip", a, comparePlain)
	into(t, "std_ip", &a, comparePlain)
	into(t, "std_ip", "192.0.2.1")
	into(t, "std_ip", namedString("192.0.2.1"))
	into(t, "std_ip", net.IPv4(192, 0, 2, 1))
	into(t, "std_ip", fmt.Stringer(a), comparePlain)
	into(t, "std_ipv4address", []net.IP{net.IPv4zero, net.IPv4(192, 0, 2, 1), net.IPv4bcast})
	into(t, "std_ipv6address", []string{"::", "2001:db8::1", "::ffff:192.0.2.1", strings.Repeat("ffff:", 7) + "ffff"})
	into(t, "std_ipv4network", []netip.Prefix{prefix("192.0.2.0/24"), prefix("0.0.0.0/0"), prefix("192.0.2.1/32")}, comparePre)
	into(t, "std_ipv4network", []string{"192.0.2.0/24", "0.0.0.0/0", "192.0.2.1/32"})
	into(t, "std_ipv4interface", []netip.Prefix{prefix("192.0.2.1/24"), prefix("192.0.2.1/32")}, comparePre)
	into(t, "std_ipv4interface", []string{"192.0.2.1/24", "192.0.2.1/32"})
	for _, target := range []any{0, 0.5, true, []int(nil), map[string]int(nil), struct{ A int }{}, netip.Prefix{}, net.IPNet{}, [4]byte{}, pickle.Tuple{}} {
		notInto(t, "std_ip", target)
	}
	notInto(t, "std_ipv4network", []netip.Addr{})
	notInto(t, "std_ipv4network", []pickle.IPInterface{})
	notInto(t, "std_ipv4interface", []netip.Addr{})
	notInto(t, "std_ipv6_scoped", []netip.Addr{}) // the second is an interface
	data, err := pickle.Marshal([]any{addr("fe80::1%eth0"), iface("fe80::1%eth0/64")})
	if err != nil {
		t.Fatal(err)
	}
	var text []string
	if err := pickle.Unmarshal(data, &text); err != nil || text[0] != "fe80::1%eth0" || text[1] != "fe80::1%eth0/64" {
		t.Errorf("%q, %v", text, err)
	}
}

// TestIPAddressText: a str goes where an address goes.
func TestIPAddressText(t *testing.T) {
	data, err := pickle.Marshal([]string{"192.0.2.1", "fe80::1%eth0", ""})
	if err != nil {
		t.Fatal(err)
	}
	var netips []netip.Addr
	if err := pickle.Unmarshal(data, &netips); err != nil || netips[1] != addr("fe80::1%eth0") || netips[2].IsValid() {
		t.Errorf("%v, %v", netips, err)
	}
	var ips []net.IP
	if err := pickle.Unmarshal(data, &ips); err == nil {
		t.Errorf("a zone in a net.IP: %v", ips)
	}
	if data, err = pickle.Marshal(map[string]string{"192.0.2.1": "192.0.2.7/24"}); err != nil {
		t.Fatal(err)
	}
	var m map[netip.Addr]netip.Prefix
	if err := pickle.Unmarshal(data, &m); err != nil || m[addr("192.0.2.1")] != prefix("192.0.2.7/24") {
		t.Errorf("%v, %v", m, err)
	}
}

// ipValues are Go values and what they are in Python.
func ipValues() []liveValue {
	shared := any(addr("2001:db8::5"))
	const two = "it has no ipaddress"
	values := []liveValue{
		{name: "addresses", value: same(addrs("0.0.0.0", "192.0.2.1", "::", "::1", "2001:db8::1", "1:0:0:2::")),
			python: "list(map(I.ip_address, ['0.0.0.0', '192.0.2.1', '::', '::1', '2001:db8::1', '1:0:0:2::']))"},
		{name: "mapped", value: same(addr("::ffff:1.2.3.4")), python: "I.ip_address('::ffff:1.2.3.4')"},
		{name: "zone", value: same(addr("fe80::1%eth0")), python: "I.ip_address('fe80::1%eth0')", since: "3.9"},
		{name: "networks", value: same(prefixes("192.0.2.0/24", "0.0.0.0/0", "2001:db8::/32", "::1/128")),
			python: "list(map(I.ip_network, ['192.0.2.0/24', '0.0.0.0/0', '2001:db8::/32', '::1/128']))"},
		{name: "prefixes with more bits", value: same([]netip.Prefix{prefix("192.0.2.1/24"), prefix("2001:db8::1/32")}), python: "[I.ip_interface('192.0.2.1/24'), I.ip_interface('2001:db8::1/32')]"},
		{name: "interfaces", value: same([]pickle.IPInterface{iface("192.0.2.0/24"), iface("::1/64")}), python: "[I.ip_interface('192.0.2.0/24'), I.ip_interface('::1/64')]"},
		{name: "interface with a zone", value: same(iface("fe80::1%eth0/64")), python: "I.ip_interface('fe80::1%eth0/64')", since: "3.9"},
		{name: "nothing", value: same([]any{netip.Addr{}, netip.Prefix{}, pickle.IPInterface{}, (*netip.Addr)(nil)}), python: "[None] * 4"},
		{name: "keys", value: same(map[netip.Addr]int{addr("192.0.2.1"): 1}), python: "{I.ip_address('192.0.2.1'): 1}"},
		{name: "set", value: same(pickle.NewSet(prefix("192.0.2.0/24"))), python: "{I.ip_network('192.0.2.0/24')}"},
		{name: "shared", value: same([]any{shared, shared}), python: "a = I.ip_address('2001:db8::5'); value = [a, a]"},
		{name: "net.IP", value: same(net.IPv4(192, 0, 2, 1)), python: "'192.0.2.1'"},
	}
	for i := range values {
		if values[i].python = "import ipaddress as I; value = " + values[i].python; values[i].name == "shared" {
			values[i].python = "import ipaddress as I; a = I.ip_address('2001:db8::5'); value = [a, a]"
		}
		values[i].two = two
	}
	return values
}

// needsAddresses are live values in which an object is shared, or a string is
// not, that only its address tells.
var needsAddresses = map[string]bool{"shared": true, "split": true}

// testLiveValues compares what Go writes for values with what Python has.
func testLiveValues(t *testing.T, values []liveValue) {
	eachPython(t, func(t *testing.T, python *pickletest.Python, version string, protocol int) {
		for _, c := range values {
			if !hasAddresses && needsAddresses[c.name] {
				continue
			}
			if (version != "2.7" || c.two == "") && (c.since == "" || version == "2.7" || atLeast(version, c.since)) {
				compareLive(t, python, version, protocol, c, nil)
			}
		}
	})
}

func TestLiveIPAddress(t *testing.T) { testLiveValues(t, ipValues()) }

// TestLiveIPAddressRandom: random addresses are the same here and in Python, in
// both directions.
func TestLiveIPAddressRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var list []any
	for range 300 {
		var b [16]byte
		for i := range b {
			if r.IntN(3) > 0 { // runs of zeros are shortened in text
				b[i] = byte(r.Uint32())
			}
		}
		a := netip.AddrFrom16(b)
		switch r.IntN(4) {
		case 0:
			a = netip.AddrFrom4([4]byte(b[:4]))
		case 1:
			copy(b[:12], "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff")
			a = netip.AddrFrom16(b)
		}
		p := netip.PrefixFrom(a, r.IntN(a.BitLen()+1))
		list = append(list, a, p.Masked(), pickle.IPInterface{Addr: a, Bits: p.Bits()})
	}
	for _, version := range []string{"3.6", "3.9", reference} {
		python := pickletest.StartPython(t, version)
		for protocol := range 5 {
			data, err := pickle.Marshal(list, pickle.Protocol(protocol))
			if err != nil {
				t.Fatal(err)
			}
			again, err := python.Redumps(data, protocol)
			if err != nil || version == reference && hasAddresses && !bytes.Equal(again, data) {
				t.Errorf("%s at protocol %d: %v: other bytes", version, protocol, err)
			}
			var back []any
			if err := pickle.Unmarshal(again, &back); err != nil || !reflect.DeepEqual(back, list) {
				t.Errorf("%s at protocol %d: %v:\n%s", version, protocol, err, cmp.Diff(list, back, comparePlain, comparePre))
			}
			if version != reference {
				continue
			}
			if text, err := python.Repr(data); err != nil || text != pickle.Repr(list) {
				t.Errorf("Repr: %v\n got  %.500s\n want %.500s", err, pickle.Repr(list), text)
			}
		}
	}
}

// TestIPAddressHostile: what Python would refuse stays what the pickle says, and
// goes into no address.
func TestIPAddressHostile(t *testing.T) {
	for _, c := range []struct {
		class string
		args  pickle.Tuple
	}{
		{"IPv4Address", nil}, {"IPv4Address", pickle.Tuple{-1}}, {"IPv4Address", pickle.Tuple{int64(1 << 32)}}, {"IPv4Address", pickle.Tuple{"::1"}},
		{"IPv4Address", pickle.Tuple{"192.0.2.01"}}, {"IPv4Address", pickle.Tuple{1, 2}}, {"IPv4Address", pickle.Tuple{nil}}, {"IPv4Address", pickle.Tuple{1.0}},
		{"IPv6Address", pickle.Tuple{-1}}, {"IPv6Address", pickle.Tuple{"192.0.2.1"}}, {"IPv6Address", pickle.Tuple{[]any{1}}}, {"IPv6Address", pickle.Tuple{"fe80::1%"}},
		{"IPv4Network", pickle.Tuple{"192.0.2.1/24"}}, {"IPv4Network", pickle.Tuple{"192.0.2.0/33"}}, {"IPv4Network", pickle.Tuple{"::/0"}}, {"IPv4Network", pickle.Tuple{"192.0.2.0"}},
		{"IPv6Network", pickle.Tuple{"fe80::%eth0/64"}}, {"IPv6Network", pickle.Tuple{"0.0.0.0/0"}}, {"IPv4Interface", pickle.Tuple{""}},
		{"IPv4Interface", pickle.Tuple{"1.2.3.4/-1"}}, {"IPv4Interface", pickle.Tuple{"1.2.3.4/"}}, {"IPv6Interface", pickle.Tuple{"::1/129"}}, {"IPv6Interface", pickle.Tuple{7}},
		{"IPv6Address", pickle.Tuple{"fe80::1%" + strings.Repeat("z", 300)}},
	} {
		stays(t, pickle.Global{Module: "ipaddress", Name: c.class}, c.args, new(netip.Addr), new(netip.Prefix), new(pickle.IPInterface), new(net.IP))
	}
	for _, v := range []any{addr("::1").WithZone("a%b"), addr("::1").WithZone("a/b"), pickle.IPInterface{Addr: addr("::1"), Bits: 129},
		pickle.IPInterface{Addr: addr("1.2.3.4"), Bits: -1}, pickle.IPInterface{Bits: 1}, netip.PrefixFrom(addr("1.2.3.4"), 33)} {
		if data, err := pickle.Marshal(v); err == nil {
			t.Errorf("%v: %q", v, data)
		} else if _, ok := err.(*pickle.MarshalError); !ok {
			t.Errorf("%v: %T", v, err)
		}
	}
}

// stays checks that a call of a standard class that Go does not understand is
// an *Object, which is written as it was, and goes into none of the targets.
func stays(t *testing.T, class pickle.Global, args pickle.Tuple, targets ...any) {
	t.Helper()
	data, err := pickle.Marshal(&pickle.Object{Class: class, Args: args})
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := pickle.Unmarshal(data, &v); err != nil {
		t.Errorf("%v%v: %v", class, args, err)
	}
	if o, ok := v.(*pickle.Object); !ok || o.Class != class {
		t.Errorf("%v%v is %T %v", class, args, v, v)
	}
	if again, err := pickle.Marshal(v); err != nil || !bytes.Equal(again, data) {
		t.Errorf("%v%v is written again as %q, %v", class, args, again, err)
	}
	for _, target := range targets {
		before := reflect.ValueOf(target).Elem().Interface()
		err := pickle.Unmarshal(data, target)
		if _, ok := err.(*pickle.UnmarshalTypeError); !ok {
			t.Errorf("%v%v into %T: %v", class, args, target, err)
		}
		if after := reflect.ValueOf(target).Elem().Interface(); !reflect.DeepEqual(before, after) {
			t.Errorf("%v%v into %T: it is %v", class, args, target, after)
		}
	}
}
