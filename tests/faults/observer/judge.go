package observer

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Violation is one breach of one rule.
type Violation struct {
	Rule     string
	Object   string // "longlivedcanaries/jdk21"
	Revision uint64 // at which it began; 0 = it is in no revision but in a request
	Text     string
	When     time.Time
}

func (v Violation) String() string {
	return fmt.Sprintf("%s %s: %s at revision %d: %s", v.When.Format("15:04:05.000"), v.Rule, v.Object, v.Revision, v.Text)
}

// Case is what is judged.
type Case struct {
	Changes []Change // in the order of commits
	Base    uint64   // up to there not every kind is known: nothing is judged
	Log     Log
	Outages []Outage
	End     time.Time
	Limits  Limits
}

// stateRule says what is wrong at one revision with one canary. A wrong that
// lasts has the same subject at each of them.
type stateRule struct {
	name  string
	limit func(Limits) time.Duration // nil = not for one revision
	judge func(*world, *canary) []wrong
	// others is for what is not the controller's to do: that it was away is no
	// excuse.
	others bool
}

type wrong struct{ subject, text string }

// stepRule says what is wrong with one change, in the world that it met. An
// empty text is an acquittal.
type stepRule struct {
	name  string
	judge func(*world, *Change, Case) string
}

var stateRules = []stateRule{
	{name: "slot-doubled", judge: slotDoubled},
	{name: "foreign-hash", judge: foreignHash},
	{name: "surplus", limit: func(l Limits) time.Duration { return l.Surplus }, judge: surplus},
	{name: "orphaned", limit: func(l Limits) time.Duration { return l.Orphaned }, judge: orphaned, others: true},
	{name: "untruthful", limit: func(l Limits) time.Duration { return l.Untruthful }, judge: untruthful},
	{name: "drift", limit: func(l Limits) time.Duration { return l.Drift }, judge: drift},
}

var stepRules = []stepRule{
	{"overshoot", overshoot},
	{"dying-create", dyingCreate},
	{"hash-backwards", hashBackwards},
	{"status-churn", statusChurn},
	{"adopted", adopted},
}

// trial is one judgement under way.
type trial struct {
	Case
	world      *world
	spells     map[spellKey]*spell
	violations []Violation
}

type spellKey struct{ rule, canary, subject string }

// spell is a wrong that lasts.
type spell struct {
	text     string
	revision uint64
	begin    time.Time
	object   string
}

// Judge replays a history and returns every breach in it, in order of time.
func Judge(c Case) []Violation {
	t := &trial{Case: c, world: newWorld(), spells: map[spellKey]*spell{}}
	t.Limits = t.Limits.withDefaults()
	based := false
	for i := range t.Changes {
		change := &t.Changes[i]
		if change.Listed || change.Revision() <= t.Base {
			t.world.apply(change)
			continue
		}
		if !based {
			based = true
			t.judgeStates(t.world.allCanaries(), t.Base, change.Seen)
		}
		t.judgeStep(change)
		t.judgeStates(t.world.apply(change), change.Revision(), change.Seen)
	}
	for key, s := range t.spells {
		t.endSpell(key, s, t.End)
	}
	t.violations = append(t.violations, judgeLog(t.Case, t.world)...)
	slices.SortStableFunc(t.violations, func(a, b Violation) int {
		return cmp.Or(a.When.Compare(b.When), cmp.Compare(a.Revision, b.Revision), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Object, b.Object))
	})
	return t.violations
}

func (t *trial) judgeStep(change *Change) {
	for _, rule := range stepRules {
		if text := rule.judge(t.world, change, t.Case); text != "" {
			t.violations = append(t.violations, Violation{rule.name, change.Object.String(), change.Revision(), text, change.Seen})
		}
	}
}

func (t *trial) judgeStates(canaries []*canary, revision uint64, seen time.Time) {
	for _, c := range canaries {
		for _, rule := range stateRules {
			t.judgeState(&rule, c, revision, seen)
		}
	}
}

func (t *trial) judgeState(rule *stateRule, c *canary, revision uint64, seen time.Time) {
	wrongs := rule.judge(t.world, c)
	for _, w := range wrongs {
		key := spellKey{rule.name, c.UID, w.subject}
		if t.spells[key] != nil {
			continue
		}
		t.spells[key] = &spell{w.text, revision, seen, c.String()}
		if rule.limit == nil {
			t.violations = append(t.violations, Violation{rule.name, c.String(), revision, w.text, seen})
		}
	}
	for key, s := range t.spells {
		ended := key.rule == rule.name && key.canary == c.UID &&
			!slices.ContainsFunc(wrongs, func(w wrong) bool { return w.subject == key.subject })
		if ended {
			t.endSpell(key, s, seen)
		}
	}
}

func (t *trial) excuses(rule *stateRule) []Outage {
	return slices.DeleteFunc(slices.Clone(t.Outages), func(o Outage) bool { return rule.others && !o.Blind })
}

// endSpell judges how long it was.
func (t *trial) endSpell(key spellKey, s *spell, end time.Time) {
	delete(t.spells, key)
	for _, rule := range stateRules {
		if rule.name != key.rule || rule.limit == nil {
			continue
		}
		lasted, limit := longestOutside(s.begin, end, t.excuses(&rule)), rule.limit(t.Limits)
		if lasted > limit {
			text := fmt.Sprintf("%s, for %s, longer than %s", s.text, lasted.Round(time.Millisecond), limit)
			t.violations = append(t.violations, Violation{key.rule, s.object, s.revision, text, s.begin})
		}
	}
}
