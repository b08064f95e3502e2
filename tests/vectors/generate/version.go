package main

import (
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/util/resourceversion"
)

// resourceVersions: compare is null where one of the two is none.
func resourceVersions(c *chance) []row {
	versions := []string{
		"", "0", "00", "01", "1", "9", "10", "11", "99", "100", "123", "124", "4294967295", "4294967296",
		"9223372036854775807", "9223372036854775808", "18446744073709551615", "18446744073709551616",
		"100000000000000000000000000000000000000", strings.Repeat("9", 127), strings.Repeat("9", 128),
		"-1", "+1", " 1", "1 ", "1.0", "1e3", "0x10", "abc", "abd", "1a", "a1", "１", "٣", "1\u0000",
	}
	var rows []row
	compare := func(a, b string) {
		var answer any
		if order, err := resourceversion.CompareResourceVersion(a, b); err == nil {
			answer = order
		}
		rows = append(rows, row{a, b, answer})
	}
	for _, a := range versions {
		for _, b := range versions {
			compare(a, b)
		}
	}
	for range 1000 {
		a := c.Uint64() >> c.IntN(64)
		b := a + c.Uint64N(3)
		if c.IntN(2) == 0 {
			b = c.Uint64() >> c.IntN(64)
		}
		compare(strconv.FormatUint(a, 10), strconv.FormatUint(b, 10))
	}
	return rows
}
