// Package campaign tries every fault at every place of every scenario: it
// learns what a scenario does when nothing goes wrong, makes plans of that,
// runs them, and judges each run by the observer's rules, by the end state of
// the run without faults, and by how the process ended. There are no retries.
package campaign

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"llc.test/e2e/harness"
	"llc.test/faults/scenario"
)

// parallel runs: most of a run is waiting for nothing to happen.
const parallel = 8

// Campaign on one cluster.
type Campaign struct {
	cluster *harness.Cluster
	stages  *stages
	lessons map[string]*Lesson
	report  func(string)
}

// New makes a campaign. What it has to say while it runs goes to report, one
// line a time.
func New(ctx context.Context, cluster *harness.Cluster, report func(string)) *Campaign {
	return &Campaign{cluster: cluster, stages: newStages(ctx, cluster), lessons: map[string]*Lesson{}, report: report}
}

// Close takes away what was made ahead.
func (c *Campaign) Close() { c.stages.close() }

// Learn performs scenarios without faults, and then leaves them alone for so
// long: nothing may be written.
func (c *Campaign) Learn(ctx context.Context, scenes []scenario.Scenario, calm time.Duration) (*Table, error) {
	table := &Table{Family: &faultFree}
	var mu sync.Mutex
	err := inParallel(scenes, func(scene scenario.Scenario) error {
		lesson, runs, err := c.learn(ctx, scene, calm)
		if err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		c.lessons[scene.Name] = lesson
		for _, run := range runs {
			table.add(run)
			c.tell(run)
		}
		c.report(lesson.String())
		return nil
	})
	return table, err
}

// Plans of families for what was learned.
func (c *Campaign) Plans(of []*Family, quick bool) []Plan {
	var b book
	for _, scene := range scenario.All {
		if lesson := c.lessons[scene.Name]; lesson != nil {
			b = append(b, lesson)
		}
	}
	var plans []Plan
	for _, family := range of {
		some := family.plans(b)
		if quick {
			some = sample(some, family.Quick)
		}
		plans = append(plans, some...)
	}
	return plans
}

// Run performs plans, those first that may take longest, and returns a table
// for each of their families.
func (c *Campaign) Run(ctx context.Context, plans []Plan) ([]*Table, error) {
	tables := map[*Family]*Table{}
	var mu sync.Mutex
	err := inParallel(longestFirst(plans), func(plan Plan) error {
		if ctx.Err() != nil {
			return nil
		}
		run, err := c.perform(ctx, plan, restAfter)
		if ctx.Err() != nil {
			return nil // all is over
		}
		if err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		if tables[run.Family] == nil {
			tables[run.Family] = &Table{Family: run.Family}
		}
		tables[run.Family].add(run)
		c.tell(run)
		return nil
	})
	var ordered []*Table
	for _, family := range append([]*Family{&faultFree}, families...) {
		if tables[family] != nil {
			ordered = append(ordered, tables[family])
		}
	}
	return ordered, err
}

func longestFirst(plans []Plan) []Plan {
	sorted := slices.Clone(plans)
	slices.SortStableFunc(sorted, func(a, b Plan) int { return cmp.Compare(b.longest(), a.longest()) })
	return sorted
}

// tell of a run that failed, or proved nothing.
func (c *Campaign) tell(run *Run) {
	if len(run.Problems) > 0 {
		c.report(fmt.Sprintf("FAILED  ./dev faults --plan '%s'", run.Plan))
		for _, problem := range run.Problems {
			c.report("        " + abridge(problem))
		}
		c.report("        see " + run.Artefact)
	} else if !run.Fired {
		c.report(fmt.Sprintf("idle    ./dev faults --plan '%s': not all of its faults happened", run.Plan))
	}
}

// abridge is for a line of a terminal; all of it is in the artefacts.
func abridge(problem string) string {
	const most = 400
	if line, _, _ := strings.Cut(problem, "\n"); len(line) > most {
		return line[:most] + " …"
	}
	return problem
}

// inParallel calls do for each item; the first error ends it.
func inParallel[T any](items []T, do func(T) error) error {
	work := make(chan T)
	failed := make(chan error, parallel)
	var workers sync.WaitGroup
	for range parallel {
		workers.Add(1)
		go func() {
			defer workers.Done()
			for item := range work {
				if err := do(item); err != nil {
					failed <- err
					return
				}
			}
		}()
	}
	var first error
	for _, item := range items {
		select {
		case work <- item:
		case first = <-failed:
		}
		if first != nil {
			break
		}
	}
	close(work)
	workers.Wait()
	close(failed)
	for err := range failed {
		if first == nil {
			first = err
		}
	}
	return first
}
