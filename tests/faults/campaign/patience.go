package campaign

import (
	"slices"
	"time"

	"llc.test/faults/observer"
	"llc.test/faults/proxy"
)

// hardLimit is how much longer than its bound a run may take whoever is slow.
const hardLimit = 60 * time.Second

// promptly is what a request and a new pod may take without being excused.
const (
	promptAnswer = 100 * time.Millisecond
	promptPod    = 500 * time.Millisecond
)

// excuses are the times in which the controller waited for others: for the API
// server to answer what no fault has touched, and for a pod to become ready. On
// a crowded machine they are what takes longest, and none of its doing.
func excuses(exchanges []proxy.Exchange, history []observer.Change, now time.Time) []observer.Span {
	var spans []observer.Span
	add := func(begin, end time.Time, prompt time.Duration) {
		if end.IsZero() {
			end = now
		}
		if end.Sub(begin) > prompt {
			spans = append(spans, observer.Span{Begin: begin.Add(prompt), End: end})
		}
	}
	for _, x := range exchanges {
		if x.Verdict == "" && x.Verb != proxy.Watch {
			add(x.Arrived, x.Answered, promptAnswer)
		}
	}
	young := map[string]time.Time{}
	for _, change := range history {
		pod := change.Object
		if pod.Pod == nil {
			continue
		}
		if change.Verb == observer.Added && !change.Listed {
			young[pod.UID] = change.Seen
		}
		began, waiting := young[pod.UID]
		if waiting && (pod.Pod.Ready || pod.Deleted != nil || change.Verb == observer.Deleted) {
			add(began, change.Seen, promptPod)
			delete(young, pod.UID)
		}
	}
	for _, began := range young {
		add(began, time.Time{}, promptPod)
	}
	return spans
}

// outside is how much of the time from begin to end lies in none of the spans.
func outside(begin, end time.Time, spans []observer.Span) time.Duration {
	slices.SortFunc(spans, func(a, b observer.Span) int { return a.Begin.Compare(b.Begin) })
	left := time.Duration(0)
	for _, s := range spans {
		if s.Begin.After(begin) {
			left += min(end.Sub(begin), s.Begin.Sub(begin))
		}
		if s.End.After(begin) {
			begin = s.End
		}
		if !begin.Before(end) {
			return left
		}
	}
	return left + end.Sub(begin)
}
