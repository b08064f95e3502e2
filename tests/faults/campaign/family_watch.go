package campaign

import (
	"fmt"
	"slices"
	"time"

	"llc.test/faults/proxy"
)

var goneWatch = Family{
	ID: "F-WA1", About: "410 when a watch begins, in its stream, and on the next page of a list",
	Within: afterCrash, HoldsUp: true, Quick: 6, faults: []string{"gone", "status=410"},
	plans: func(b book) []Plan {
		return b.each(func(l *Lesson) []string {
			texts := []string{"restart+watch=1..4:status=410", "restart+watch=pods/1:status=410", "restart+list=1:status=410"}
			for _, kind := range l.kinds() {
				// Down for a while, and then all that was is forgotten.
				texts = append(texts, fmt.Sprintf("event=%[1]s/1:reset-body+watch=%[1]s/1:status=503+watch=%[1]s/2:status=410", kind))
				for _, i := range atMost(l.events[kind], 3) {
					texts = append(texts, fmt.Sprintf("event=%s/%d:gone", kind, i))
				}
			}
			return texts
		})
	},
	judge: func(r *Run, _ *Lesson) []string { return oneRelistEach(r) },
}

// oneRelistEach: a 410 costs the kind that it hit one list more, not a storm.
func oneRelistEach(r *Run) (problems []string) {
	lists, gone := map[string]int{}, map[string]int{}
	for _, x := range r.exchanges {
		if x.Verb == proxy.List && slices.Contains(listed, x.Resource) {
			lists[x.Resource]++
		}
		if x.Verdict != "" {
			gone[x.Resource]++
		}
	}
	for _, e := range r.events {
		if e.Verdict != "" {
			gone[e.Resource]++
		}
	}
	regular := r.starts + 1
	for resource, n := range lists {
		if n > regular+gone[resource] {
			problems = append(problems, fmt.Sprintf("%s was listed %d times, for %d times 410", resource, n, gone[resource]))
		}
	}
	return problems
}

// Watches that live less than a second without news are begun ever more slowly.
var closedWatch = Family{
	ID: "F-WA2", About: "watches closed every second",
	Within: 15 * time.Second, HoldsUp: true, Quick: 3, faults: []string{"close", "end"},
	plans: func(b book) []Plan {
		return b.each(func(*Lesson) []string {
			return []string{"restart+watch:close=1s", "event=1..:end", "restart+watch:close=50ms,for=5s"}
		})
	},
}

var halfOpenWatch = Family{
	ID: "F-WA3", About: "a watch on a connection that is dead and does not say so",
	Within: 45 * time.Second, HoldsUp: true, Relists: true, Quick: 2, faults: []string{"half-open", "deaf"},
	plans: func(b book) []Plan {
		return b.each(func(*Lesson) []string {
			return []string{"restart+watch=1..4:half-open", "event=pods/1:half-open"}
		})
	},
}

// The API server sends a bookmark about once a minute.
var bareWatch = Family{
	ID: "F-WA4", About: "no bookmarks, or nothing but bookmarks",
	Within: afterRelist, HoldsUp: true, Relists: true, Calm: 75 * time.Second, Quick: 2, faults: []string{"no-bookmarks", "only-bookmarks"},
	plans: func(b book) []Plan {
		return b.only("promotion", "scale-down", "scale-up", "override-change").each(func(*Lesson) []string {
			return []string{"restart+watch:no-bookmarks", "restart+watch:only-bookmarks,for=65s"}
		})
	},
}
