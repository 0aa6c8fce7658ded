package pickle_test

import (
	"fmt"
	"net/netip"
	"net/url"

	"github.com/go-pickle/pickle"
)

// Addresses and networks are those of Python's ipaddress.
func Example_ipaddress() {
	hosts := map[string]netip.Addr{"gateway": netip.MustParseAddr("192.0.2.1")}
	data, err := pickle.Marshal(hosts)
	if err != nil {
		fmt.Println(err)
		return
	}
	var v any
	if err := pickle.Unmarshal(data, &v); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(v)
	var text map[string]string
	if err := pickle.Unmarshal(data, &text); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(text)
	// Output:
	// {'gateway': IPv4Address('192.0.2.1')}
	// map[gateway:192.0.2.1]
}

func ExampleIPInterface() {
	i, err := pickle.ParseIPInterface("192.0.2.7/24")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(pickle.Repr(i), i.Network())
	// Output: IPv4Interface('192.0.2.7/24') 192.0.2.0/24
}

func ExamplePath() {
	p := pickle.Path{Class: pickle.PosixPath, Segments: []string{"/srv", "data//models"}}
	fmt.Println(p, p.Parts())
	fmt.Println(pickle.Repr(p))
	// Output:
	// /srv/data/models [/ srv data models]
	// PosixPath('/srv/data/models')
}

// The result of Python's urlsplit decodes into a url.URL, as a str does.
func ExampleSplitResult() {
	data, err := pickle.Marshal(pickle.SplitResult{Scheme: "https", Netloc: "example.com:8080", Path: "/a", Query: "q=1"})
	if err != nil {
		fmt.Println(err)
		return
	}
	var u *url.URL
	if err := pickle.Unmarshal(data, &u); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(u.Port(), u)
	// Output: 8080 https://example.com:8080/a?q=1
}
