package campaign

import (
	"encoding/json"
	"fmt"
	"time"

	"llc.test/faults/proxy"
)

var conflict = Family{
	ID: "F-ER1", About: "409 on 1 to 10 writes in a row",
	Within: 10 * time.Second, HoldsUp: true, Quick: 6, faults: []string{"status=409"},
	plans: func(b book) []Plan {
		return b.each(func(l *Lesson) (texts []string) {
			for _, i := range atMost(l.writes, 4) {
				texts = append(texts, fmt.Sprintf("write=%d:status=409", i))
			}
			for _, n := range []int{2, 3, 5, 10} {
				texts = append(texts, fmt.Sprintf("write=1..%d:status=409", n))
			}
			return texts
		})
	},
}

var throttle = Family{
	ID: "F-ER2", About: "429 with Retry-After, once and for all requests",
	Within: 10 * time.Second, HoldsUp: true, Quick: 4, faults: []string{"status=429"},
	plans: func(b book) []Plan {
		plans := b.each(func(l *Lesson) []string {
			if l.writes == 0 {
				return nil
			}
			return []string{"write=1:status=429,retry-after=1", fmt.Sprintf("write=%d:status=429,retry-after=5", l.writes)}
		})
		plans = append(plans, b.only("create", "promotion", "scale-down", "override-change").each(func(*Lesson) []string {
			return []string{"all:status=429,retry-after=1,for=10s", "restart+all:status=429,retry-after=2,for=10s"}
		})...)
		return append(plans, b.only("promotion").each(func(*Lesson) []string {
			return []string{"write=1:status=429,retry-after=30", "all:status=429,retry-after=5,for=60s"}
		})...)
	},
	judge: func(r *Run, _ *Lesson) []string { return keepsRetryAfter(r) },
}

// keepsRetryAfter: the same request does not come again before its time.
func keepsRetryAfter(r *Run) (problems []string) {
	wait := map[string]int{}
	for _, fault := range r.Plan.Faults {
		wait[fault.String()] = fault.RetryAfter
	}
	for i, told := range r.exchanges {
		until := told.Arrived.Add(time.Duration(wait[told.Verdict]) * time.Second)
		for _, next := range r.exchanges[i+1:] {
			if wait[told.Verdict] > 0 && sameTarget(told, next) && next.Arrived.Before(until) {
				problems = append(problems, fmt.Sprintf("%s %s came again after %s, it was told to wait %d s", next.Method, next.Path,
					next.Arrived.Sub(told.Arrived).Round(time.Millisecond), wait[told.Verdict]))
				break
			}
		}
	}
	return problems
}

// sameTarget says whether two requests want the same of the same object,
// though perhaps in other words: some bodies tell the time.
func sameTarget(a, b proxy.Exchange) bool {
	return a.Method == b.Method && a.Path == b.Path && a.Verb == b.Verb && createdName(a) == createdName(b)
}

// createdName is the name of what is to be created; "" for all other requests.
func createdName(x proxy.Exchange) string {
	var body struct{ Metadata struct{ Name string } }
	if x.Verb != proxy.Create || json.Unmarshal(x.Body, &body) != nil {
		return ""
	}
	return body.Metadata.Name
}

var serverError = Family{
	ID: "F-ER3", About: "500, 502, 503 and 504, now and then or always",
	Within: 35 * time.Second, HoldsUp: true, Quick: 4, faults: []string{"status=5", "status-after=5"},
	plans: func(b book) []Plan {
		plans := b.each(func(l *Lesson) []string {
			return []string{
				"all:status=500%50,for=5s", "all:status=503,for=5s", "restart+all:status=502%50,for=5s",
				"write:status-after=504%50,for=5s", "write:status-after=500,for=3s",
			}
		})
		var storms []string
		for _, code := range []int{500, 502, 503, 504} {
			for _, percent := range []string{"%10", "%50", ""} {
				storms = append(storms, fmt.Sprintf("restart+all:status=%d%s,for=60s", code, percent))
			}
		}
		// Everything but its status: what it has told is not what it knows.
		plans = append(plans, b.only("scale-up", "delete-foreground", "promotion").each(func(*Lesson) []string {
			return []string{"patch=longlivedcanaries/status/1..:status=503,for=4s"}
		})...)
		return append(plans, b.possible(storms)...)
	},
}

var forbidden = Family{
	ID: "F-ER4", About: "401 and 403, on everything and on writes",
	Within: 15 * time.Second, HoldsUp: true, Quick: 4, faults: []string{"status=401", "status=403"},
	plans: func(b book) []Plan {
		return b.each(func(*Lesson) []string {
			return []string{
				"write:status=401,for=3s", "restart+all:status=401,for=3s",
				"write:status=403,for=5s", "restart+read:status=403,for=3s",
			}
		})
	},
}

var refused = Family{
	ID: "F-ER5", About: "404, 422, 413 and 415 on writes",
	Within: 35 * time.Second, HoldsUp: true, Quick: 4, faults: []string{"status=404", "status=422", "status=413", "status=415"},
	plans: func(b book) []Plan {
		return b.each(func(l *Lesson) (texts []string) {
			for _, code := range []int{404, 422, 413, 415} {
				for _, i := range atMost(l.writes, 2) {
					texts = append(texts, fmt.Sprintf("write=%d:status=%d", i, code))
				}
			}
			return append(texts, "restart+get=1:status=404", "restart+list=pods/1:status=404")
		})
	},
	judge: func(r *Run, _ *Lesson) []string { return noRetryLoop(r) },
}

// noRetryLoop: what was refused is not asked for again and again.
func noRetryLoop(r *Run) (problems []string) {
	tries := map[string]int{}
	for _, x := range r.exchanges {
		if x.Verdict != "" {
			what := x.Method + " " + x.Path
			if tries[what]++; tries[what] == 4 {
				problems = append(problems, what+" was refused and came more than 3 times")
			}
		}
	}
	return problems
}
