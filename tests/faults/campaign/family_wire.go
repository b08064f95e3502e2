package campaign

import (
	"fmt"
	"time"
)

var brokenWire = Family{
	ID: "F-TL1", About: "connections reset or ended at any moment",
	Within: 10 * time.Second, HoldsUp: true, Quick: 8,
	faults: []string{"reset-handshake", "reset-headers", "reset-body", "fin"},
	plans: func(b book) []Plan {
		return b.each(func(l *Lesson) (texts []string) {
			for _, act := range []string{"reset-handshake", "reset-headers", "reset-body", "fin"} {
				texts = append(texts, fmt.Sprintf("restart+conn=1..4:%s", act), fmt.Sprintf("restart+conn=5..6:%s", act))
				if act == "reset-handshake" {
					continue
				}
				if l.writes > 0 {
					texts = append(texts, "write=1:"+act)
				}
				if act != "reset-headers" && l.events["pods"] > 0 {
					texts = append(texts, "event=pods/1:"+act)
				}
			}
			return texts
		})
	},
}

var badCertificate = Family{
	ID: "F-TL2", About: "certificates and versions of TLS that must be refused",
	Within: 35 * time.Second, HoldsUp: true, Quick: 5,
	faults: []string{"expired", "wrong-ca", "wrong-san", "tls1.0", "tls1.1"},
	plans: func(b book) []Plan {
		var texts []string
		for _, act := range []string{"expired", "wrong-ca", "wrong-san", "tls1.0", "tls1.1"} {
			texts = append(texts, "restart+tls:"+act+",for=3s", "restart+tls=1..3:"+act, "restart+tls=5:"+act)
		}
		return b.possible(texts)
	},
	judge: func(r *Run, _ *Lesson) []string { return nothingSaid(r) },
}

// nothingSaid to a server that could not prove who it was.
func nothingSaid(r *Run) (problems []string) {
	for _, fault := range r.Plan.Faults {
		for _, x := range r.exchanges {
			if fault.First == 0 && x.Arrived.Before(r.until) {
				problems = append(problems, fmt.Sprintf("%s %s was sent to a server that is not to be trusted", x.Method, x.Path))
			}
		}
	}
	return problems
}
