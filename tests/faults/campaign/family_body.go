package campaign

import (
	"fmt"
	"time"
)

// afterBadBody covers the back-off of a few failed lists.
const afterBadBody = 15 * time.Second

// What a fresh controller lists, and how long these answers are about.
var listed = []string{"longlivedcanaries", "rollouts", "pods", "services"}

var truncated = Family{
	ID: "F-BD1", About: "answers and events that end too early",
	Within: afterBadBody, HoldsUp: true, Quick: 8, faults: []string{"truncate", "cut"},
	plans: func(b book) []Plan {
		var texts []string
		for _, kind := range listed {
			for _, act := range []string{"truncate", "cut"} {
				for _, at := range []int{0, 1, 2, 17, 60, 130, 250, 500, 800, 1300, 2100, 3400} {
					texts = append(texts, fmt.Sprintf("restart+list=%s/1:%s=%d", kind, act, at),
						fmt.Sprintf("event=%s/1:%s=%d", kind, act, at))
				}
			}
		}
		for _, at := range []int{0, 1, 100, 500, 1000, 1500} {
			texts = append(texts, fmt.Sprintf("restart+get=1:truncate=%d", at), fmt.Sprintf("restart+get=1:cut=%d", at))
		}
		return b.possible(texts)
	},
}

var garbled = Family{
	ID: "F-BD2", About: "answers and events that are garbage",
	Within: afterBadBody, HoldsUp: true, Nudge: true, Quick: 8, faults: []string{"garbage"},
	plans: func(b book) []Plan {
		var texts, relabels []string
		for _, rot := range []string{"nul", "bom", "utf8", "line1m", "deep9000", "int", "dupkeys", "login-page"} {
			for _, kind := range listed {
				texts = append(texts, fmt.Sprintf("restart+list=%s/1:garbage=%s", kind, rot))
				if kind != "pods" {
					texts = append(texts, fmt.Sprintf("event=%s/1:garbage=%s", kind, rot))
				}
			}
			relabels = append(relabels, fmt.Sprintf("event=pods/1:garbage=%s", rot))
			texts = append(texts, "restart+get=1:garbage="+rot, "write=1:garbage="+rot, "restart+watch=1..4:garbage="+rot)
		}
		// Of pods that stay: who takes one for gone makes another.
		return append(b.possible(texts), b.only("promotion").each(func(*Lesson) []string { return relabels })...)
	},
	judge: leavesPodsAlone,
}

// A body that is not what its length says is given up by its time-out.
const afterTimeout = 80 * time.Second

var slowBody = Family{
	ID: "F-BD3", About: "pieces of any size, and one byte a second",
	Within: afterTimeout, HoldsUp: true, Quick: 4, faults: []string{"chunk", "slow"},
	plans: func(b book) []Plan {
		plans := b.each(func(*Lesson) []string {
			return []string{"restart+all:chunk=1", "restart+all:chunk=7", "restart+all:chunk=65536"}
		})
		return append(plans, b.possible([]string{
			"restart+list=pods/1:slow=1B/s", "restart+get=1:slow=1B/s", "write=1:slow=1B/s",
			"restart+list=longlivedcanaries/1:slow=10B/s", "restart+watch=pods/1:slow=1B/s,for=20s",
		})...)
	},
}

var endlessBody = Family{
	ID: "F-BD4", About: "endless, bombs, a wrong length, a login page",
	Within: afterTimeout, HoldsUp: true, Quick: 3, faults: []string{"endless", "bomb", "wrong-length"},
	plans: func(b book) []Plan {
		var texts []string
		for _, what := range []string{"endless=string", "endless=spaces", "endless=items", "bomb", "wrong-length=-7", "wrong-length=7"} {
			texts = append(texts, "restart+list=pods/1:"+what, "restart+list=1:"+what, "restart+get=1:"+what, "write=1:"+what)
		}
		for _, kind := range listed {
			texts = append(texts, fmt.Sprintf("event=%s/1:endless=string", kind), fmt.Sprintf("event=%s/1:endless=spaces", kind))
		}
		return b.possible(texts)
	},
}
