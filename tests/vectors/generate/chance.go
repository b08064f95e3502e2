package main

import (
	"hash/fnv"
	"math/rand/v2"
	"strings"
)

// chance is random, and the same for the same name in every run.
type chance struct{ *rand.Rand }

func newChance(name string) *chance {
	hash := fnv.New64a()
	hash.Write([]byte(name))
	return &chance{rand.New(rand.NewPCG(1, hash.Sum64()))}
}

func pick[T any](c *chance, of []T) T {
	return of[c.IntN(len(of))]
}

// mutated changes one to three places of a text: a character is taken out, doubled, swapped with
// its neighbour, put in from the alphabet or replaced.
func (c *chance) mutated(text string, alphabet []string) string {
	parts := strings.Split(text, "")
	for n := 1 + c.IntN(3); n > 0; n-- {
		at := c.IntN(len(parts) + 1)
		if at == len(parts) {
			parts = append(parts, pick(c, alphabet))
			continue
		}
		switch c.IntN(5) {
		case 0:
			parts = append(parts[:at:at], parts[at+1:]...)
		case 1:
			parts = append(parts[:at+1:at+1], parts[at:]...)
		case 2:
			other := c.IntN(len(parts))
			parts[at], parts[other] = parts[other], parts[at]
		case 3:
			parts = append(parts[:at:at], append([]string{pick(c, alphabet)}, parts[at:]...)...)
		case 4:
			parts[at] = pick(c, alphabet)
		}
	}
	return strings.Join(parts, "")
}

// distinct keeps the first of equal texts.
func distinct(texts []string) []string {
	seen := map[string]bool{}
	kept := texts[:0]
	for _, text := range texts {
		if !seen[text] {
			kept = append(kept, text)
		}
		seen[text] = true
	}
	return kept
}

// What looks like a character of a number or a space and is none.
var strange = []string{"\t", "\n", "\u00a0", "\u200b", "\ufeff", "\u0661", "\uff11", "\u2212", "é", "😀", "\\", "\"", "\u0000"}
