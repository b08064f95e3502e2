package campaign

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"llc.test/faults/proxy"
)

// Family is one row of the matrix: faults of one sort, and what they may cost.
type Family struct {
	ID    string
	About string

	// Within is how long the end state may take from the last trouble on.
	Within time.Duration
	// HoldsUp says that the controller can't know, or can't act, while the
	// faults last: limits of the observer begin when the end state has come.
	HoldsUp bool
	// Relists says that only a consistency relist can tell the controller what
	// it has missed. All others run without.
	Relists bool
	// Nudge says that somebody has to change what the faults have spoiled: what
	// can't be read is left alone until then.
	Nudge bool
	// Calm is how long nothing may change in the end, if longer than usual.
	Calm time.Duration
	// Quick is how many plans --quick takes, spread over all of them.
	Quick int

	excused string   // a rule of the observer that can't be kept under such faults
	faults  []string // of its plans: an act, or the beginning of ACT=ARGUMENT
	plans   func(book) []Plan
	judge   func(*Run, *Lesson) []string // beyond what all runs are judged by; may be nil
}

// families in the order of the matrix.
var families = []*Family{
	&killBefore, &killAfter, &loseAnswer, &terminate,
	&dropEvent, &delayEvent, &repeatEvent, &reorderEvent,
	&staleStart, &backwardsList,
	&goneWatch, &closedWatch, &halfOpenWatch, &bareWatch,
	&conflict, &throttle, &serverError, &forbidden, &refused,
	&truncated, &garbled, &slowBody, &endlessBody,
	&brokenWire, &badCertificate,
}

// faultFree is the family of a plan without faults.
var faultFree = Family{ID: "none", About: "no faults", Within: 30 * time.Second, Relists: true}

// FamilyOf a plan: the first that has one of its faults. A kill together with
// another fault is only what makes that one happen.
func FamilyOf(plan Plan) *Family {
	found := &faultFree
	for _, family := range families {
		if slices.ContainsFunc(plan.Faults, family.has) && (found == &faultFree || found.isCrash()) {
			found = family
		}
	}
	return found
}

func (f *Family) has(fault proxy.Fault) bool {
	text := fault.Act + "=" + fault.Arg
	for _, prefix := range f.faults {
		if fault.Act == prefix || strings.Contains(prefix, "=") && strings.HasPrefix(text, prefix) {
			return true
		}
	}
	return false
}

func (f *Family) isCrash() bool { return strings.HasPrefix(f.ID, "F-CR") }

// relistInterval is the consistency relist of the tests.
const relistInterval = 10 * time.Second

// flags of the controllers of a family's runs.
func (f *Family) flags() []string {
	interval := time.Duration(0)
	if f.Relists {
		interval = relistInterval
	}
	return []string{"--consistency-relist-interval", interval.String()}
}

// relistsWithin is how many consistency relists there may be of each kind.
func (f *Family) relistsWithin(d time.Duration) int {
	if !f.Relists {
		return 0
	}
	return 1 + int(d/(relistInterval/2))
}

// book is what was learned of every scenario.
type book []*Lesson

// each makes plans of the fault texts that a lesson gives rise to.
func (b book) each(texts func(*Lesson) []string) []Plan {
	var plans []Plan
	for _, lesson := range b {
		for _, text := range texts(lesson) {
			if plan, ok := lesson.plan(text); ok {
				plans = append(plans, plan)
			}
		}
	}
	return plans
}

// only the scenarios of these names.
func (b book) only(names ...string) book {
	var kept book
	for _, lesson := range b {
		for _, name := range names {
			if lesson.Scenario == name {
				kept = append(kept, lesson)
			}
		}
	}
	return kept
}

// mostAlike is how many of a row of equal requests or events are tried: of
// 50 relabels, the first, the last and some between.
const mostAlike = 16

// upTo is 1 to n, or mostAlike numbers from 1 to n.
func upTo(n int) []int { return atMost(n, mostAlike) }

func atMost(n, most int) []int {
	var numbers []int
	for i := range min(n, most) {
		numbers = append(numbers, 1+i*(n-1)/max(1, min(n, most)-1))
	}
	return numbers
}

// sample takes n plans, spread over all.
func sample(plans []Plan, n int) []Plan {
	var taken []Plan
	for i := range min(n, len(plans)) {
		taken = append(taken, plans[i*len(plans)/min(n, len(plans))])
	}
	return taken
}

// Families of these IDs, with commas between; all if there are none.
func Families(ids string) ([]*Family, error) {
	all := append(slices.Clone(families), AbsentKinds)
	if ids == "" {
		return all, nil
	}
	var chosen []*Family
	for _, id := range strings.Split(ids, ",") {
		i := slices.IndexFunc(all, func(f *Family) bool { return f.ID == id })
		if i < 0 {
			return nil, fmt.Errorf("no family is called %q", id)
		}
		chosen = append(chosen, all[i])
	}
	return chosen, nil
}

// possible makes one plan of each text, scenario after scenario, where a
// scenario has what the text names.
func (b book) possible(texts []string) []Plan {
	var plans []Plan
	next := 0
	for _, text := range texts {
		for range b {
			lesson := b[next%len(b)]
			next++
			if plan, ok := lesson.plan(text); ok {
				plans = append(plans, plan)
				break
			}
		}
	}
	return plans
}

// offers says whether the scenario has what the faults are to happen to; what
// comes of a start is there in any case.
func (l *Lesson) offers(plan Plan) bool {
	for _, fault := range plan.Faults {
		needed := max(1, fault.First)
		switch {
		case fault.Scope == proxy.Write && l.writes < needed,
			fault.Scope == proxy.All && !plan.Restart && l.writes+l.gets < needed,
			fault.Scope == proxy.Get && l.gets < needed,
			fault.Scope == proxy.Event && !plan.Restart && l.eventsOf(fault.Resource) < needed:
			return false
		}
	}
	return true
}

// plan of the faults that are tried on every scenario; false if this one has
// not what they are to happen to.
func (l *Lesson) plan(text string) (Plan, bool) {
	if l.Scenario == "upgrade" && strings.HasPrefix(text, restart) {
		return Plan{}, false
	}
	plan := with(l.Scenario, text)
	return plan, l.offers(plan)
}
