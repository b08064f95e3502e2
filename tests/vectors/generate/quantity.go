package main

import (
	"bytes"
	"encoding/json"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
)

var (
	quantityNumbers = []string{
		"0", "00", "0.0", "1", "01", "1.", ".5", "0.5", "1.5", "5", "10", "12", "100", "123", "512",
		"999", "1000", "1001", "1024", "1500", "2048", "1000000", "1048576", "0.001", "0.0001",
		"1.000", "1.0001", "1.2345678901", "0.000000001", "0.0000000001", "0.0000000005",
		"0.9999999999", "1.0000000000000000001", "9007199254740993", "999999999999999999",
		"9223372036854775807", "9223372036854775808", "9999999999999999999",
		"1000000000000000000000", strings.Repeat("9", 40), "0." + strings.Repeat("0", 40) + "1",
		".", "", "1.2.3", "1,5", "0x10", "1_000",
	}
	quantitySuffixes = []string{
		"", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei",
		"e0", "e3", "E3", "e+3", "e-3", "e03", "e12", "e18", "e-9", "e-10", "e40",
		"K", "ki", "mi", "Zi", "GiB", "e", "E+", "e1.5", "e3m", "mm", "Mi ",
	}
	quantityAlphabet = append(strings.Split("0123456789..+-eEinumkKMGTP  ", ""), strange...)
)

// Within what inf.Dec compares without taking all memory.
func isModest(text string) bool {
	at := strings.IndexAny(text, "eE")
	return at < 0 || len(text)-at <= 4
}

// parseQuantity reads as a server does: the string as it stands in a JSON document.
func parseQuantity(text string) (resource.Quantity, error) {
	var document bytes.Buffer
	encoder := json.NewEncoder(&document)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(text); err != nil {
		panic(err)
	}
	var quantity resource.Quantity
	err := json.Unmarshal(document.Bytes(), &quantity)
	return quantity, err
}

func quantityTexts(c *chance) []string {
	texts := []string{
		"--1", "+-1", "- 1", " 1", "1 ", "\u00a01", "1e", "1e+", "1ee3", "1e99999999999999999999",
		"1e9223372036854775808", "NaN", "Inf", "-0", "+0m", "１", "٣",
		strings.Repeat("1", 200), "0." + strings.Repeat("3", 200), strings.Repeat("0", 100) + "1",
	}
	for _, sign := range []string{"", "+", "-"} {
		for _, number := range quantityNumbers {
			for _, suffix := range quantitySuffixes {
				texts = append(texts, sign+number+suffix)
			}
		}
	}
	for range 1500 {
		text := c.mutated(pick(c, quantityNumbers)+pick(c, quantitySuffixes), quantityAlphabet)
		if isModest(text) {
			texts = append(texts, text)
		}
	}
	return distinct(texts)
}

func quantities(c *chance) []row {
	var rows []row
	for _, text := range quantityTexts(c) {
		var canonical any
		if quantity, err := parseQuantity(text); err == nil {
			canonical = quantity.String()
		}
		rows = append(rows, row{text, canonical})
	}
	return rows
}

func quantityPairs(c *chance) []row {
	var texts []string
	for _, text := range quantityTexts(c) {
		if _, err := parseQuantity(text); err == nil && isModest(text) {
			texts = append(texts, text)
		}
	}
	pairs := [][2]string{
		{"100m", "0.1"}, {"0.1", "0.10"}, {"1", "1000m"}, {"1Ki", "1024"}, {"1Ki", "1k"},
		{"1Gi", "1024Mi"}, {"1.5Gi", "1536Mi"}, {"1n", "0.0000000001"}, {"2n", "0.0000000011"},
		{"1.0000000001", "1.000000001"}, {"1.0000000001", "1"}, {"0", "-0"}, {"-1", "-1.0000000001"},
		{"9223372036854775807", "8Ei"}, {"9E", "9000P"}, {"9223372036854775807", "10E"},
		{"0.3", "300m"}, {"0.7", "700000000n"}, {"2.3Ki", "2355.2"}, {"1e3", "1k"}, {"1E", "1e18"},
	}
	for range 2000 {
		pairs = append(pairs, [2]string{pick(c, texts), pick(c, texts)})
	}
	// Two ways to say about the same.
	for range 1000 {
		quantity, _ := parseQuantity(pick(c, texts))
		text := quantity.String()
		pairs = append(pairs, [2]string{text, strings.TrimRight(quantity.AsDec().String(), ".") + pick(c, []string{"", "n", "e0"})})
	}
	var rows []row
	for _, pair := range pairs {
		a, errA := parseQuantity(pair[0])
		b, errB := parseQuantity(pair[1])
		if errA == nil && errB == nil {
			rows = append(rows, row{pair[0], pair[1], a.Cmp(b)})
		}
	}
	return rows
}
