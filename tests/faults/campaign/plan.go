package campaign

import (
	"errors"
	"strings"
	"time"

	"llc.test/faults/proxy"
	"llc.test/faults/scenario"
)

// Plan is one run: a scenario, and what goes wrong meanwhile. Its text form
// is what --plan takes:
//
//	SCENARIO/FAULT[+FAULT…], or SCENARIO/restart[+FAULT…]
//
// With restart, the controller is down while the change comes, and its next
// start is part of the run.
type Plan struct {
	Scenario string
	Restart  bool
	Faults   []proxy.Fault
}

const restart = "restart"

// ParsePlan reads the text form.
func ParsePlan(text string) (Plan, error) {
	name, faults, _ := strings.Cut(text, "/")
	p := Plan{Scenario: name}
	if _, err := scenario.Find(name); err != nil {
		return Plan{}, err
	}
	if first, rest, _ := strings.Cut(faults, "+"); first == restart {
		p.Restart, faults = true, rest
	}
	if p.Restart && name == "upgrade" {
		return Plan{}, errors.New("upgrade needs a controller that runs when the change comes")
	}
	var err error
	p.Faults, err = proxy.ParsePlan(faults)
	return p, err
}

// String is the text form.
func (p Plan) String() string {
	parts := []string{}
	if p.Restart {
		parts = append(parts, restart)
	}
	if len(p.Faults) > 0 {
		parts = append(parts, proxy.Format(p.Faults))
	}
	if len(parts) == 0 {
		return p.Scenario
	}
	return p.Scenario + "/" + strings.Join(parts, "+")
}

// longest is about how long the faults of the plan, and the calm after them,
// may last.
func (p Plan) longest() time.Duration {
	longest := FamilyOf(p).Calm
	for _, fault := range p.Faults {
		longest = max(longest, fault.For)
		if pause, err := time.ParseDuration(fault.Arg); err == nil {
			longest = max(longest, pause)
		}
		if fault.Act == "slow" || fault.Act == "endless" || fault.Act == "wrong-length" || fault.Act == "half-open" {
			longest = max(longest, FamilyOf(p).Within)
		}
	}
	return longest
}

// with is a plan of one fault text; it is for the generators, whose texts
// are right or a test fails.
func with(scenario, text string) Plan {
	p, err := ParsePlan(scenario + "/" + text)
	if err != nil {
		panic(err)
	}
	return p
}
