package observer

import (
	"cmp"
	"slices"
	"time"
)

// Verb is what became of an object.
type Verb string

// The verbs, as the API server calls them.
const (
	Added    Verb = "ADDED"
	Modified Verb = "MODIFIED"
	Deleted  Verb = "DELETED"
)

// Change is one committed write, or an object that was there when the
// observer began.
type Change struct {
	Verb   Verb
	Object *Object
	Seen   time.Time // when it arrived here: not before it was committed
	Listed bool      // was there already
}

// Revision at which it was committed; Listed: last written.
func (c *Change) Revision() uint64 { return c.Object.Revision }

// ordered puts changes of several watches into the one order in which the
// API server committed them; what was there already comes first.
func ordered(changes []Change) []Change {
	sorted := slices.Clone(changes)
	slices.SortStableFunc(sorted, func(a, b Change) int {
		if a.Listed != b.Listed {
			if a.Listed {
				return -1
			}
			return 1
		}
		return cmp.Compare(a.Revision(), b.Revision())
	})
	return sorted
}

// Span is a stretch of time; End zero = it lasts.
type Span struct{ Begin, End time.Time }

// Outage is a time in which nothing is held against the controller.
type Outage struct {
	Span
	Blind bool // the observer did not see, or the API server did not tell; else only the controller could not act
}

// longestOutside is the longest stretch from begin to end that lies outside
// all the outages.
func longestOutside(begin, end time.Time, outages []Outage) time.Duration {
	sorted := slices.Clone(outages)
	slices.SortFunc(sorted, func(a, b Outage) int { return a.Begin.Compare(b.Begin) })
	longest := time.Duration(0)
	for _, span := range sorted {
		if !span.Begin.Before(end) {
			break
		}
		longest = max(longest, span.Begin.Sub(begin))
		if span.End.IsZero() {
			return longest
		}
		if span.End.After(begin) {
			begin = span.End
		}
	}
	return max(longest, end.Sub(begin))
}
