package campaign

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Bug is one that was planted, built as a controller of its own.
type Bug struct {
	Name   string // of its patch, less the number
	Binary string
}

// suspects are the families that are most likely to find a bug, by a word in
// its name. The others are tried after them.
var suspects = []struct {
	word     string
	families []*Family
}{
	{"uid", []*Family{&staleStart, &delayEvent}},
	{"410", []*Family{&goneWatch}},
	{"unreadable", []*Family{&garbled}},
	{"resen", []*Family{&brokenWire, &loseAnswer}},
	{"read-your-writes", []*Family{&delayEvent, &dropEvent}},
	{"random", []*Family{&loseAnswer, &killAfter}},
	{"deleti", []*Family{&delayEvent, &staleStart, &killAfter}},
	{"done", []*Family{&dropEvent, &repeatEvent}},
	{"older", []*Family{&repeatEvent, &staleStart}},
	{"retry-after", []*Family{&throttle}},
}

// Bugs that were built under out/bugs; name is one of them, or "all".
func Bugs(root, name string) ([]Bug, error) {
	binaries, err := filepath.Glob(filepath.Join(root, "out", "bugs", "*", "llc-controller"))
	if err != nil {
		return nil, err
	}
	var bugs []Bug
	for _, binary := range binaries {
		bug := Bug{Name: filepath.Base(filepath.Dir(binary)), Binary: binary}
		if name == "all" || name == bug.Name {
			bugs = append(bugs, bug)
		}
	}
	if len(bugs) == 0 {
		return nil, fmt.Errorf("out/bugs holds no planted bug %q: run tests/faults/bugs/build", name)
	}
	return bugs, nil
}

// Find runs plans with a bug's binary until one fails that the product passes.
// It returns that one, nil if none did, and how many were tried.
func (c *Campaign) Find(ctx context.Context, bug Bug) (found *Run, tried int, err error) {
	for _, family := range familiesFor(bug.Name) {
		plans := c.Plans([]*Family{family}, false)
		for len(plans) > 0 && found == nil {
			batch := plans[:min(len(plans), 3*parallel)]
			plans = plans[len(batch):]
			var n int
			found, n, err = c.findIn(ctx, bug, batch)
			tried += n
			if err != nil || found != nil {
				return found, tried, err
			}
		}
	}
	return nil, tried, nil
}

// findIn a few plans.
func (c *Campaign) findIn(ctx context.Context, bug Bug, plans []Plan) (found *Run, tried int, err error) {
	restore := setController(bug.Binary)
	tables, err := c.Run(ctx, plans)
	restore()
	for _, table := range tables {
		tried += table.Plans
		for _, run := range table.Failed {
			if passed, err := c.passes(ctx, run.Plan); passed || err != nil {
				return run, tried, err
			}
			c.report(fmt.Sprintf("        without the bug %s fails as well: it proves nothing", run.Plan))
		}
	}
	return nil, tried, err
}

// passes says whether the product passes a plan.
func (c *Campaign) passes(ctx context.Context, plan Plan) (bool, error) {
	tables, err := c.Run(ctx, []Plan{plan})
	return err == nil && len(tables) == 1 && tables[0].Failures == 0, err
}

// setController says which binary is started from now on, until restore.
func setController(binary string) (restore func()) {
	const variable = "LLC_CONTROLLER"
	before, was := os.LookupEnv(variable)
	os.Setenv(variable, binary)
	return func() {
		os.Unsetenv(variable)
		if was {
			os.Setenv(variable, before)
		}
	}
}

func familiesFor(bug string) []*Family {
	var order []*Family
	for _, s := range suspects {
		if strings.Contains(bug, s.word) {
			order = append(order, s.families...)
		}
	}
	for _, family := range families {
		if !slices.Contains(order, family) {
			order = append(order, family)
		}
	}
	return order
}
