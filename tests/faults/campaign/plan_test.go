package campaign

import (
	"testing"

	"llc.test/faults/scenario"
)

func TestPlanText(t *testing.T) {
	for _, text := range []string{
		"create",
		"scale-up/write=3:kill-after",
		"delete-background/restart",
		"delete-background/restart+list:stale=40,for=3s",
		"promotion/event=pods/2..4:drop+write=1:lose",
	} {
		plan, err := ParsePlan(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
		} else if plan.String() != text {
			t.Errorf("%s: comes back as %s", text, plan)
		}
	}
	for _, text := range []string{"", "nothing/write=1:lose", "create/restarts", "create/write=1:lose+restart", "create/write=0:lose"} {
		if plan, err := ParsePlan(text); err == nil {
			t.Errorf("%q is taken for %s", text, plan)
		}
	}
}

// invented is what was learned of scenarios that nobody has run.
func invented() book {
	var b book
	for _, scene := range scenario.All {
		b = append(b, &Lesson{Scenario: scene.Name, writes: 5, gets: 2, requests: 9,
			events: map[string]int{"pods": 40, "rollouts": 3, "longlivedcanaries": 4, "services": 2}})
	}
	return b
}

// The generators' texts are parsed here, so that none is wrong an hour later.
func TestFamilies(t *testing.T) {
	for _, family := range families {
		plans := family.plans(invented())
		if len(plans) == 0 || family.Within == 0 || family.Quick == 0 {
			t.Errorf("%s: %d plans, %d of them in --quick, within %s", family.ID, len(plans), family.Quick, family.Within)
		}
		seen := map[string]bool{}
		for _, plan := range plans {
			if found := FamilyOf(plan); found != family {
				t.Errorf("%s is taken for a plan of %s, not %s", plan, found.ID, family.ID)
			}
			if seen[plan.String()] {
				t.Errorf("%s: %s comes twice", family.ID, plan)
			}
			seen[plan.String()] = true
		}
	}
}

func TestSuspects(t *testing.T) {
	for _, s := range suspects {
		if plans := plansFor("01-" + s.word); len(plans) != 1 || plans[0].String() != s.plan {
			t.Errorf("for %s: %v, want %s", s.word, plans, s.plan)
		}
	}
	if plans := plansFor("02-of-another-kind"); len(plans) != 0 {
		t.Errorf("for what nobody knows: %v", plans)
	}
}

func TestOffers(t *testing.T) {
	lesson := &Lesson{Scenario: "scale-up", writes: 2, gets: 1, events: map[string]int{"pods": 3}}
	for text, want := range map[string]bool{
		"write=2:lose":           true,
		"write=3:lose":           false,
		"write=1..9:lose":        true,
		"get=2:lose":             false,
		"event=pods/3:drop":      true,
		"event=pods/4:drop":      false,
		"event=rollouts/1:drop":  false,
		"events:duplicate":       true,
		"restart+watch:close=1s": true,
	} {
		if got := lesson.offers(with("scale-up", text)); got != want {
			t.Errorf("%s: %t, want %t", text, got, want)
		}
	}
}

func TestSample(t *testing.T) {
	plans := invented().each(func(*Lesson) []string { return []string{"write=1:lose", "write=2:lose"} })
	if n := len(sample(plans, 1000)); n != len(plans) {
		t.Errorf("all of them are %d, want %d", n, len(plans))
	}
	some := sample(plans, 4)
	if len(some) != 4 || some[0].String() != plans[0].String() || some[3].Scenario == some[2].Scenario {
		t.Errorf("not spread: %v", some)
	}
	if numbers := atMost(51, 3); len(numbers) != 3 || numbers[0] != 1 || numbers[1] != 26 || numbers[2] != 51 {
		t.Errorf("3 of 51: %v", numbers)
	}
	if numbers := upTo(2); len(numbers) != 2 || numbers[1] != 2 {
		t.Errorf("all of 2: %v", numbers)
	}
}
