package campaign

import (
	"fmt"
	"time"
)

// afterRelist is how soon the next consistency relist has repaired what was
// missed: the interval has a jitter of its own.
const afterRelist = relistInterval*3/2 + 5*time.Second

var dropEvent = Family{
	ID: "F-UN1", About: "a watch event silently dropped",
	Within: afterRelist, HoldsUp: true, Relists: true, Quick: 15, faults: []string{"drop"},
	plans: func(b book) []Plan {
		return b.each(func(l *Lesson) (texts []string) {
			for _, kind := range l.kinds() {
				for _, i := range upTo(l.events[kind]) {
					texts = append(texts, fmt.Sprintf("event=%s/%d:drop", kind, i))
				}
			}
			return texts
		})
	},
}

var delayEvent = Family{
	ID: "F-UN2", About: "watch events delayed",
	Within: afterCrash, HoldsUp: true, Quick: 4, faults: []string{"delay"},
	plans: func(b book) []Plan {
		plans := b.each(func(l *Lesson) (texts []string) {
			for _, kind := range l.kinds() {
				texts = append(texts, fmt.Sprintf("event=%s/1..:delay=1s", kind))
			}
			for _, i := range atMost(l.writes, 3) { // nobody tells what became of a write
				texts = append(texts, fmt.Sprintf("write=%d:lose+event=pods/1..:delay=5s", i))
			}
			return append(texts, "event=1..:delay=1s", "event=1..:delay=10s")
		})
		return append(plans, b.only("promotion", "delete-background", "scale-down", "pod-killed").
			each(func(*Lesson) []string { return []string{"event=1..:delay=60s"} })...)
	},
	judge: leavesPodsAlone,
}

var repeatEvent = Family{
	ID: "F-UN3", About: "watch events duplicated and replayed",
	Within: afterCrash, Quick: 6, faults: []string{"duplicate", "replay"},
	plans: func(b book) []Plan {
		return b.each(func(l *Lesson) []string {
			return []string{
				"events:duplicate", "events:replay=100", "events:replay=3",
				"event=pods/2:replay=100", "event=longlivedcanaries/1..3:replay=10",
			}
		})
	},
}

// No API server does that: of two objects that are new the one that comes late
// looks like a replay, and only a relist can tell.
var reorderEvent = Family{
	ID: "F-UN3b", About: "watch events of different objects reordered",
	Within: afterRelist, HoldsUp: true, Relists: true, Quick: 3, faults: []string{"reorder"},
	plans: func(b book) []Plan {
		return b.each(func(*Lesson) []string { return []string{"events:reorder", "event=pods/1..:reorder"} })
	},
}

// The interesting restarts are those after something was written: what the
// stale server tells is then older than what this process's predecessor did. A
// status that it does not tell of is written again.
var staleStart = Family{
	ID: "F-ST1", About: "restart against an API server that is stale",
	Within: afterRelist, HoldsUp: true, Relists: true, Quick: 6, faults: []string{"stale", "rewind"}, excused: "status-churn",
	plans: func(b book) []Plan {
		return b.each(func(l *Lesson) []string {
			texts := []string{"restart+list:stale=20,for=3s", "restart+list:stale=100,for=3s", "restart+list=pods:stale=50,for=3s"}
			for _, i := range atMost(l.writes, 3) {
				texts = append(texts, fmt.Sprintf("write=%d:kill-after+list:rewind=1,for=3s", i))
				if i > 2 {
					texts = append(texts, fmt.Sprintf("write=%d:kill-after+list:rewind=%d,for=3s", i, i))
				}
			}
			return texts
		})
	},
}

var backwardsList = Family{
	ID: "F-ST2", About: "a list whose resourceVersion goes backwards",
	Within: afterRelist, HoldsUp: true, Relists: true, Quick: 3, faults: []string{"backwards"},
	plans: func(b book) []Plan {
		return b.each(func(*Lesson) []string {
			return []string{"restart+list=1..4:backwards=100", "restart+list=pods/1:backwards=1"}
		})
	},
}
