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

// Find runs plans with a bug's binary until one fails. It returns that one,
// "" if none did, and how many were tried.
func (c *Campaign) Find(ctx context.Context, bug Bug) (plan string, tried int, err error) {
	before, was := os.LookupEnv("LLC_CONTROLLER")
	os.Setenv("LLC_CONTROLLER", bug.Binary)
	defer func() {
		os.Unsetenv("LLC_CONTROLLER")
		if was {
			os.Setenv("LLC_CONTROLLER", before)
		}
	}()
	for _, family := range familiesFor(bug.Name) {
		tables, err := c.Run(ctx, c.Plans([]*Family{family}, false), true)
		for _, table := range tables {
			tried += table.Plans
			if len(table.Failed) > 0 {
				plan = table.Failed[0].Plan.String()
			}
		}
		if err != nil || plan != "" {
			return plan, tried, err
		}
	}
	return "", tried, nil
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
