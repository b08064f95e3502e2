package storm

import (
	"testing"
	"time"

	"llc.test/e2e/harness"
)

func TestWritesAreCountedByLife(t *testing.T) {
	at := func(s int) time.Time { return time.Unix(int64(s), 0) }
	event := func(verb string, code, s int) harness.AuditEvent {
		e := harness.AuditEvent{Verb: verb, Received: at(s)}
		e.ResponseStatus.Code = code
		return e
	}
	f := &field{lives: []time.Time{at(10), at(20), at(30)}}
	writes, lives := f.writes([]harness.AuditEvent{
		event("create", 201, 11), event("patch", 200, 19), // the first life
		event("list", 200, 21), event("patch", 409, 22), // nothing in the second
		event("delete", 200, 31),
	})
	if writes != 3 || lives != 2 {
		t.Errorf("%d writes in %d lives, want 3 in 2", writes, lives)
	}
}

func TestRandomNumbersComeAgain(t *testing.T) {
	opt := Options{Seed: 7}
	for n := range uint64(3) {
		a, b := opt.random(n), opt.random(n)
		for range 10 {
			one, other := between(a, time.Second, time.Minute), between(b, time.Second, time.Minute)
			if one != other || one < time.Second || one > time.Minute {
				t.Fatalf("source %d: %s and %s", n, one, other)
			}
		}
	}
}
