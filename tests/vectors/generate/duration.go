package main

import (
	"encoding/json"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

var (
	durationNumbers = []string{
		"0", "1", "01", "1.", ".5", "1.5", "0.000000001", "1.0000000001", "0.1", "0.3", "1.1", "2.2",
		"999999999", "2562047", "2562048", "9223372036", "9223372037", "9223372036854775807",
		"9223372036854775808", "18446744073709551616", ".", "",
	}
	durationUnits = []string{"ns", "us", "\u00b5s", "\u03bcs", "ms", "s", "m", "h", "", "d", "S", "H", "sec", " s", "min"}
)

func durations(c *chance) []row {
	texts := []string{
		"", "+", "-", "0", "+0", "-0", "00", "0s", "1h30m", "30m1h", "1h1h", "1.5h30.5m", "-1h-1m",
		"1h 30m", "1h30", " 1s", "1s ", "--1s", "+-1s", ".s", "+.s", "1..5s", "1e3s", "3000000h",
		"2562047h47m16.854775807s", "2562047h47m16.854775808s", "-2562047h47m16.854775808s",
		"-9223372036854775808ns", "9223372036854775808ns", "-2562047h47m16.854775809s",
		"0.100000000000000000000h", "0.9223372036854775807h", "0.3333333333333333333h",
		"9007199254.740993s", "0.830103483285477580700h", "1\u200bs", "１s", "inf", "NaN",
		"1ns1us1ms1s1m1h", strings.Repeat("1h", 50), "0." + strings.Repeat("9", 60) + "s",
	}
	for _, sign := range []string{"", "+", "-"} {
		for _, number := range durationNumbers {
			for _, unit := range durationUnits {
				texts = append(texts, sign+number+unit)
			}
		}
	}
	alphabet := append(strings.Split("0123456789..+-numsh ", ""), strange...)
	for range 1500 {
		text := pick(c, []string{"", "", "-", "+"})
		for range 1 + c.IntN(3) {
			text += pick(c, durationNumbers) + pick(c, durationUnits[:8])
		}
		if c.IntN(2) == 0 {
			text = c.mutated(text, alphabet)
		}
		texts = append(texts, text)
	}
	var rows []row
	for _, text := range distinct(texts) {
		var ns any
		var duration metav1.Duration
		document, _ := json.Marshal(text)
		if err := json.Unmarshal(document, &duration); err == nil {
			ns = int64(duration.Duration)
		}
		rows = append(rows, row{text, ns})
	}
	return rows
}
