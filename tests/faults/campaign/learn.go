package campaign

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"llc.test/faults/observer"
	"llc.test/faults/proxy"
	"llc.test/faults/scenario"
)

// Lesson is what one scenario is without faults: what there is to spoil, and
// what must come of it all the same.
type Lesson struct {
	Scenario    string
	writes      int
	events      map[string]int // by resource
	gets        int
	requests    int
	podWrites   int // creates and deletes of pods
	descriptors int
	starts      int           // of controllers
	converge    time.Duration // the longer one
	digest      observer.Digest
}

// kinds of which there are events, in order.
func (l *Lesson) kinds() []string { return slices.Sorted(maps.Keys(l.events)) }

// learn performs a scenario twice. The two must agree: where they don't, it
// is the scenario that is at fault, or the observer's mask.
func (c *Campaign) learn(ctx context.Context, scene scenario.Scenario, calm time.Duration) (*Lesson, []*Run, error) {
	var runs []*Run
	for _, rest := range []time.Duration{calm, restAfter} {
		run, err := c.perform(ctx, Plan{Scenario: scene.Name}, rest)
		if err != nil {
			return nil, runs, err
		}
		runs = append(runs, run)
	}
	first, second := runs[0], runs[1]
	for _, difference := range second.digest.Differences(first.digest) {
		second.complain("two runs without faults differ: %s", difference)
	}
	return lessonOf(scene.Name, runs), runs, nil
}

func lessonOf(name string, runs []*Run) *Lesson {
	l := &Lesson{Scenario: name, events: map[string]int{}, digest: runs[0].digest}
	for _, run := range runs {
		writes, gets, events := 0, 0, map[string]int{}
		for _, x := range run.exchanges {
			writes = max(writes, x.W)
			if x.Verb == proxy.Get {
				gets++
			}
		}
		for _, e := range run.events {
			events[e.Resource]++
		}
		// What not every run has may never come: a plan for it would not fire.
		l.writes = least(l.writes, writes)
		l.gets = least(l.gets, gets)
		for kind, n := range events {
			l.events[kind] = least(l.events[kind], n)
		}
		l.requests = least(l.requests, countRequests(run.exchanges)) // the longer calm has more relists
		l.starts = run.starts
		l.podWrites = max(l.podWrites, countPodWrites(run.exchanges))
		l.descriptors = max(l.descriptors, run.descriptors)
		l.converge = max(l.converge, run.Converge)
	}
	return l
}

func countPodWrites(exchanges []proxy.Exchange) (n int) {
	for _, x := range exchanges {
		if x.Resource == "pods" && (x.Verb == proxy.Create || x.Verb == proxy.Delete) {
			n++
		}
	}
	return n
}

// least of two counts; 0 is none yet.
func least(a, b int) int {
	if a == 0 {
		return b
	}
	return min(a, b)
}

// eventsOf a resource; "" = of all.
func (l *Lesson) eventsOf(resource string) int {
	n := 0
	for kind, events := range l.events {
		if resource == "" || resource == kind {
			n += events
		}
	}
	return n
}

func (l *Lesson) String() string {
	return fmt.Sprintf("%-18s %3d writes, %3d events, %3d requests, at rest after %s", l.Scenario, l.writes, l.eventsOf(""), l.requests,
		l.converge.Round(10*time.Millisecond))
}
