package campaign

import (
	"testing"
	"time"

	"llc.test/faults/observer"
	"llc.test/faults/proxy"
)

func TestOutside(t *testing.T) {
	spans := []observer.Span{{Begin: at(6), End: at(8)}, {Begin: at(1), End: at(3)}, {Begin: at(2), End: at(4)}, {Begin: at(9), End: at(20)}}
	for _, test := range []struct{ begin, end, want float64 }{
		{0, 10, 4}, {0, 0.5, 0.5}, {2, 3, 0}, {3.5, 5, 1}, {9.5, 12, 0}, {20, 22, 2}, {0, 7, 3},
	} {
		if got := outside(at(test.begin), at(test.end), spans); got != time.Duration(test.want*float64(time.Second)) {
			t.Errorf("from %g to %g: %s, want %g s", test.begin, test.end, got, test.want)
		}
	}
	if got := outside(at(0), at(5), nil); got != 5*time.Second {
		t.Errorf("without excuses: %s", got)
	}
}

func TestExcuses(t *testing.T) {
	pod := func(ready bool) *observer.Object {
		return &observer.Object{Kind: observer.Pods, Meta: observer.Meta{UID: "u"}, Pod: &observer.Pod{Ready: ready}}
	}
	exchanges := []proxy.Exchange{
		{Verb: proxy.Patch, Arrived: at(0), Answered: at(0.05)},                  // prompt
		{Verb: proxy.Patch, Arrived: at(1), Answered: at(2), Verdict: "a fault"}, // the fault's doing
		{Verb: proxy.Watch, Arrived: at(1), Answered: at(2)},                     // nobody waits for it
		{Verb: proxy.Create, Arrived: at(3), Answered: at(4)},
	}
	history := []observer.Change{
		{Verb: observer.Added, Object: pod(false), Seen: at(5)},
		{Verb: observer.Modified, Object: pod(true), Seen: at(7)},
		{Verb: observer.Modified, Object: pod(true), Seen: at(8)},
	}
	spans := excuses(exchanges, history, at(10))
	if len(spans) != 2 || !spans[0].End.Equal(at(4)) || !spans[1].Begin.Equal(at(5.5)) || !spans[1].End.Equal(at(7)) {
		t.Errorf("excused: %v", spans)
	}
	if spans = excuses(nil, history[:1], at(10)); len(spans) != 1 || !spans[0].End.Equal(at(10)) {
		t.Errorf("a pod that is not ready yet: %v", spans)
	}
}
