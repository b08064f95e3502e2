package campaign

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"llc.test/faults/scenario"
)

// Bug is one that was planted, built as a controller of its own.
type Bug struct {
	Name   string // of its patch, less the number
	Binary string
}

// suspects are the plans that are most likely to find a bug, by a word in its
// name. All others are tried after them.
var suspects = []struct{ word, plan string }{
	{"uid", "scale-down/write=1:kill-after"},
	{"410", "pod-killed/event=pods/1:reset-body+watch=pods/1:status=503+watch=pods/2:status=410"},
	{"unreadable", "promotion/event=pods/1:garbage=int"},
	{"resen", "scale-up/write=1:lose,warm"},
	{"read-your-writes", "scale-up/event=pods/1..:delay=1s"},
	{"random", "scale-up/create=pods/1..2:lose+event=pods/1..:delay=2s"},
	{"deleti", "delete-foreground/patch=longlivedcanaries/status/1..:status=503,for=4s"},
	{"done", "promotion/restart"},
	{"older", "rollback/events:replay=3"},
	{"retry-after", "promotion/write=1:status=429,retry-after=5"},
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

// Find runs plans with a bug's binary until one fails that the product passes:
// the suspects, and only if that takes no one anywhere all others. It returns
// that one, nil if none did, and how many were tried.
func (c *Campaign) Find(ctx context.Context, bug Bug) (found *Run, tried int, err error) {
	first := plansFor(bug.Name)
	if err := c.study(ctx, scenesOf(first)); err != nil {
		return nil, 0, err
	}
	found, tried, err = c.findIn(ctx, bug, first)
	if err != nil || found != nil {
		return found, tried, err
	}
	if err := c.study(ctx, scenario.All); err != nil {
		return nil, tried, err
	}
	for batch := range slices.Chunk(c.Plans(families, false), 3*parallel) {
		var n int
		found, n, err = c.findIn(ctx, bug, batch)
		if tried += n; err != nil || found != nil || ctx.Err() != nil {
			return found, tried, err
		}
	}
	return nil, tried, nil
}

// study learns what has not been learned yet.
func (c *Campaign) study(ctx context.Context, scenes []scenario.Scenario) error {
	unknown := slices.DeleteFunc(slices.Clone(scenes), func(s scenario.Scenario) bool { return c.lessons[s.Name] != nil })
	_, err := c.Learn(ctx, unknown, restAfter)
	return err
}

// scenesOf plans, each once.
func scenesOf(plans []Plan) []scenario.Scenario {
	return slices.DeleteFunc(slices.Clone(scenario.All), func(s scenario.Scenario) bool {
		return !slices.ContainsFunc(plans, func(p Plan) bool { return p.Scenario == s.Name })
	})
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

// plansFor are the suspects of a bug.
func plansFor(bug string) (plans []Plan) {
	for _, s := range suspects {
		if strings.Contains(bug, s.word) {
			name, faults, _ := strings.Cut(s.plan, "/")
			plans = append(plans, with(name, faults))
		}
	}
	return plans
}
