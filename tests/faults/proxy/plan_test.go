package proxy

import (
	"testing"
	"time"
)

func TestActsUntil(t *testing.T) {
	for _, test := range []struct {
		fault string
		least time.Duration
	}{
		{"write=1:lose", 0},
		{"write=1:status=503,for=7s", 7 * time.Second},
		{"write=1:delay=5s", 5 * time.Second},
		{"write=1:late=5s", 5 * time.Second},
	} {
		faults, err := ParsePlan(test.fault)
		if err != nil {
			t.Fatal(err)
		}
		p := newPlan(faults, Hooks{}, 1)
		if !p.actsUntil().IsZero() {
			t.Errorf("%s: something acts before anything has", test.fault)
		}
		began := time.Now()
		c := p.choose(func(*rule) bool { return true })
		for _, r := range append(c.along, c.main) {
			if r != nil {
				c.fire(r)
			}
		}
		until, now := p.actsUntil(), time.Now()
		if until.Before(began.Add(test.least)) || until.After(now.Add(test.least)) {
			t.Errorf("%s: acts until %s after it fired, want %s", test.fault, until.Sub(began), test.least)
		}
	}
}
