// Package fuzz has the fuzz targets and property tests of package pickle. It
// exports nothing.
//
//	go test ./fuzz                                    # the properties, and the seeds of the targets
//	go test ./fuzz -fuzz=FuzzUnmarshal -fuzztime=1m   # one target
package fuzz
