package campaign

import (
	"fmt"
	"time"
)

// How soon after a crash all is right again; the start itself is not counted.
const afterCrash = 5 * time.Second

var killBefore = Family{
	ID: "F-CR1", About: "SIGKILL before a write is forwarded",
	Within: afterCrash, Quick: 15, faults: []string{"kill-before"},
	plans: atEachWrite("kill-before"),
}

var killAfter = Family{
	ID: "F-CR2", About: "SIGKILL after a write is committed, its answer lost",
	Within: afterCrash, Quick: 15, faults: []string{"kill-after"},
	plans: atEachWrite("kill-after"),
}

var loseAnswer = Family{
	ID: "F-CR3", About: "a write committed, its answer lost, the process lives",
	Within: afterCrash, Quick: 15, faults: []string{"lose"},
	plans: atEachWrite("lose"),
}

var terminate = Family{
	ID: "F-CR4", About: "SIGTERM at a write: exit code 0 within 5 s",
	Within: afterCrash, Quick: 5, faults: []string{"term"},
	plans: func(b book) []Plan {
		return b.each(func(l *Lesson) (texts []string) {
			for _, i := range atMost(l.writes, 4) {
				texts = append(texts, fmt.Sprintf("write=%d:term", i))
			}
			return texts
		})
	},
}

func atEachWrite(act string) func(book) []Plan {
	return func(b book) []Plan {
		return b.each(func(l *Lesson) (texts []string) {
			for _, i := range upTo(l.writes) {
				texts = append(texts, fmt.Sprintf("write=%d:%s", i, act))
			}
			return texts
		})
	}
}
