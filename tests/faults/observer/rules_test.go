package observer

import (
	"testing"
	"time"

	"llc.test/e2e/harness"
)

func TestNothingIsWrong(t *testing.T) {
	p := begin(t)
	p.pass(time.Hour)
	p.breaks()
}

func TestSlotDoubled(t *testing.T) {
	p := begin(t)
	p.spec(func(c *Canary) { c.Replicas = 3 })
	p.create("jdk-1-ccccc")
	p.breaks("slot-doubled")
}

func TestSlotIsFreeOnceItsPodIsNotLive(t *testing.T) {
	for name, ends := range map[string]func(*Object){
		"deleting":  func(o *Object) { o.Deleted = &time.Time{} },
		"failed":    func(o *Object) { o.Pod.Phase = "Failed" },
		"succeeded": func(o *Object) { o.Pod.Phase = "Succeeded" },
	} {
		t.Run(name, func(t *testing.T) {
			p := begin(t)
			p.change("jdk-1-bbbbb", ends)
			p.create("jdk-1-ccccc")
			p.breaks()
		})
	}
}

func TestSlotOfANameThatSaysNoneIsInTheAnnotation(t *testing.T) {
	p := begin(t)
	p.spec(func(c *Canary) { c.Replicas = 4 })
	for _, name := range []string{"jdk-qqqqq", "jdk-rrrrr"} {
		p.create(name)
		p.change(name, func(o *Object) { o.Annotations = map[string]string{slotAnnotation: "7"} })
	}
	p.breaks("slot-doubled")
}

func TestOvershoot(t *testing.T) {
	p := begin(t)
	p.create("jdk-2-ccccc")
	p.breaks("overshoot")
}

func TestOvershootIsMeasuredByWhatMayBeKnown(t *testing.T) {
	p := begin(t)
	p.spec(func(c *Canary) { c.Replicas = 3 })
	p.spec(func(c *Canary) { c.Replicas = 1 })
	p.create("jdk-2-ccccc") // generation 2 was not observed yet
	p.dying("jdk-2-ccccc")
	p.dying("jdk-1-bbbbb")
	p.breaks()
	p.status("one", func(c *Canary) { c.ObservedGeneration = 3 })
	p.create("jdk-1-ddddd")
	p.breaks("overshoot")
}

func TestSurplus(t *testing.T) {
	p := begin(t)
	p.spec(func(c *Canary) { c.Replicas = 1 })
	p.pass(4 * time.Second)
	p.breaks()
	p.pass(2 * time.Second)
	p.breaks("surplus")
	p.Outages = []Outage{{Span: Span{p.now.Add(-2 * time.Second), p.now.Add(-time.Second)}}}
	p.breaks()
}

func TestSurplusOfAPausedCanaryStays(t *testing.T) {
	p := begin(t)
	p.spec(func(c *Canary) { c.Replicas, c.Paused = 1, true })
	p.pass(time.Hour)
	p.breaks()
}

func TestForeignHash(t *testing.T) {
	p := begin(t)
	p.stable("h2")
	p.relabel("jdk-0-aaaaa", "h3")
	p.relabel("jdk-0-aaaaa", "h2")
	p.relabel("jdk-1-bbbbb", "h2")
	p.breaks("foreign-hash")
}

func TestForeignHashBeforeItIsStable(t *testing.T) {
	p := begin(t)
	p.relabel("jdk-0-aaaaa", "h2")
	p.stable("h2")
	p.relabel("jdk-1-bbbbb", "h2")
	p.breaks("foreign-hash")
}

func TestForeignHashEmpty(t *testing.T) {
	p := begin(t)
	p.relabel("jdk-0-aaaaa", "")
	p.relabel("jdk-0-aaaaa", "h1")
	p.breaks("foreign-hash")
}

func TestPodsOutOfTrafficHaveNoHash(t *testing.T) {
	p := begin(t)
	p.status("quarantined", func(c *Canary) { c.Ready = false })
	p.change("jdk-0-aaaaa", func(o *Object) {
		o.Labels, o.Annotations = nil, map[string]string{heldLabelsAnnotation: "{}"}
	})
	p.pass(time.Hour)
	p.breaks()
}

func TestDrift(t *testing.T) {
	p := begin(t)
	p.status("following", func(c *Canary) { c.Ready = false })
	p.stable("h2")
	p.relabel("jdk-0-aaaaa", "h2")
	p.pass(4 * time.Second)
	p.breaks()
	p.pass(2 * time.Second)
	p.relabel("jdk-1-bbbbb", "h2")
	p.breaks("drift")
}

func TestDriftBeginsAnewWithEachPromotion(t *testing.T) {
	p := begin(t)
	p.status("following", func(c *Canary) { c.Ready = false })
	for _, hash := range []string{"h2", "h3", "h4"} {
		p.stable(hash)
		p.pass(3 * time.Second)
	}
	p.breaks()
}

func TestDriftOfALostLabel(t *testing.T) {
	p := begin(t)
	p.status("following", func(c *Canary) { c.Ready = false })
	p.change("jdk-0-aaaaa", func(o *Object) { o.Labels = nil })
	p.pass(6 * time.Second)
	p.breaks("drift")
}

func TestHashBackwards(t *testing.T) {
	p := begin(t)
	p.stable("h2")
	p.relabel("jdk-0-aaaaa", "h2")
	p.relabel("jdk-1-bbbbb", "h2")
	p.relabel("jdk-0-aaaaa", "h1")
	p.relabel("jdk-0-aaaaa", "h2")
	p.breaks("hash-backwards")
}

func TestHashReturnsWithARollback(t *testing.T) {
	p := begin(t)
	p.stable("h2")
	p.stable("h1")
	p.relabel("jdk-0-aaaaa", "h2") // late
	p.relabel("jdk-0-aaaaa", "h1")
	p.breaks()
}

func TestOrphaned(t *testing.T) {
	p := begin(t)
	p.canaryGone()
	p.pass(time.Minute)
	p.breaks()
	p.gone("jdk-0-aaaaa")
	p.pass(time.Second)
	p.breaks("orphaned")
	p.Outages = []Outage{{Span: Span{p.now.Add(-time.Minute), p.now}}}
	p.breaks("orphaned") // the garbage collector was there
	p.Outages[0].Blind = true
	p.breaks()
}

func TestDyingCreate(t *testing.T) {
	p := begin(t)
	p.deleteCanary()
	p.dying("jdk-0-aaaaa")
	p.pass(900 * time.Millisecond)
	p.create("jdk-0-ccccc") // was under way
	p.dying("jdk-0-ccccc")
	p.breaks()
	p.pass(200 * time.Millisecond)
	p.create("jdk-0-ddddd")
	p.breaks("dying-create")
}

func TestDyingCreateByWhatWasDelivered(t *testing.T) {
	p := begin(t)
	p.deleteCanary()
	deletion := p.revision
	p.dying("jdk-0-aaaaa")
	p.pass(10 * time.Second)
	p.create("jdk-0-ccccc")
	p.Log.Deliveries = []Delivery{{Kind: Canaries, Name: "jdk", Revision: deletion - 1, Time: p.now.Add(-9 * time.Second)}}
	p.breaks()
	p.Log.Deliveries = append(p.Log.Deliveries, Delivery{Kind: Canaries, Name: "jdk", Revision: deletion, Time: p.now.Add(-2 * time.Second)})
	p.breaks("dying-create")
}

func TestAdopted(t *testing.T) {
	p := begin(t)
	p.status("?", func(c *Canary) { c.Ready = false })
	p.change("jdk-0-aaaaa", func(o *Object) { o.Owners = nil })
	p.breaks()
	p.change("jdk-1-bbbbb", func(o *Object) {
		o.Owners = []Owner{{Kind: "ReplicaSet", Name: "shop-h1", UID: "set", Controller: true}}
	})
	p.breaks("adopted")
}

func TestUntruthful(t *testing.T) {
	for name, lie := range map[string]func(*past){
		"a pod too few":      func(p *past) { p.dying("jdk-0-aaaaa") },
		"a pod unready":      func(p *past) { p.ready("jdk-0-aaaaa", false) },
		"another hash":       func(p *past) { p.relabel("jdk-0-aaaaa", "h1"); p.stable("h2"); p.relabel("jdk-1-bbbbb", "h2") },
		"another image":      func(p *past) { p.change("jdk-0-aaaaa", func(o *Object) { o.Pod.Containers = nil }) },
		"out of traffic":     func(p *past) { p.change("jdk-0-aaaaa", hold) },
		"not out of traffic": func(p *past) { p.spec(func(c *Canary) { c.Traffic = "None" }); p.status("observed", observed) },
		"no Rollout":         func(p *past) { p.commit(Deleted, p.rollout) },
		"a spec not done":    func(p *past) { p.spec(func(c *Canary) { c.Image = "jdk:2" }); p.status("observed", observed) },
	} {
		t.Run(name, func(t *testing.T) {
			p := begin(t)
			lie(p)
			p.pass(1900 * time.Millisecond)
			p.breaks()
			p.pass(200 * time.Millisecond)
			p.breaks("untruthful")
			p.status("noticed", func(c *Canary) { c.Ready = false })
			p.breaks("untruthful")
		})
	}
}

func hold(o *Object) { o.Labels, o.Annotations = nil, map[string]string{heldLabelsAnnotation: "{}"} }

func observed(c *Canary) { c.ObservedGeneration++ }

func TestUnobservedSpecMayWait(t *testing.T) {
	p := begin(t)
	p.spec(func(c *Canary) { c.Image = "jdk:2" })
	p.pass(time.Hour)
	p.breaks()
}

func TestPausedSaysSo(t *testing.T) {
	p := begin(t)
	p.spec(func(c *Canary) { c.Paused = true })
	p.status("paused", func(c *Canary) { c.ObservedGeneration, c.ReadyReason = 2, "Paused" })
	p.gone("jdk-0-aaaaa")
	p.pass(time.Hour)
	p.breaks()
}

func TestStatusChurnOfTimes(t *testing.T) {
	p := begin(t)
	p.commit(Modified, p.canary)
	p.breaks()
	next := *p.canary.Canary
	next.Status = "all ready, a second later"
	p.canary.Canary = &next
	p.commit(Modified, p.canary)
	p.breaks("status-churn")
}

func TestStatusChurnOfNothing(t *testing.T) {
	p := begin(t)
	p.requestStatus()
	p.requestStatus()
	p.breaks()
	p.requestStatus()
	p.breaks("status-churn")
}

func TestForeignWrite(t *testing.T) {
	const ours = `{"metadata":{"uid":"pod-2"}}`
	for name, write := range map[string]func(*past){
		"of a Service":      func(p *past) { p.request("PATCH", "services/shop", `{"metadata":{"uid":"s"}}`) },
		"of a canary":       func(p *past) { p.request("PATCH", "longlivedcanaries/jdk", `{"metadata":{"uid":"canary"}}`) },
		"of a pod's spec":   func(p *past) { p.request("PATCH", "pods/jdk-0-aaaaa", `{"metadata":{"uid":"pod-2"},"spec":{}}`) },
		"of all pods":       func(p *past) { p.request("DELETE", "pods", `{"preconditions":{"uid":"pod-2"}}`) },
		"of a pod's status": func(p *past) { p.request("PATCH", "pods/jdk-0-aaaaa/status", ours) },
		"of a pod with no owner": func(p *past) {
			p.createOwned("bare")
			p.request("DELETE", "pods/bare", `{"preconditions":{"uid":"pod-5"}}`)
		},
		"creating a pod with no owner": func(p *past) { p.request("POST", "pods", `{"metadata":{"name":"x"}}`) },
		"of a budget": func(p *past) {
			p.request("PATCH", "poddisruptionbudgets/b", `{"metadata":{"uid":"b"},"spec":{"minAvailable":1}}`)
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := begin(t)
			write(p)
			p.breaks("foreign-write")
		})
	}
}

func TestOwnWrites(t *testing.T) {
	p := begin(t)
	p.request("PATCH", "pods/jdk-0-aaaaa", `{"metadata":{"uid":"pod-2","labels":{"a":"b"}}}`)
	p.request("DELETE", "pods/jdk-1-bbbbb", `{"preconditions":{"uid":"pod-4"}}`)
	p.request("PATCH", "poddisruptionbudgets/b", `{"metadata":{"uid":"b","annotations":{"argo-canary.dev/recount":"1"}}}`)
	p.request("POST", "events", `{}`)
	p.request("POST", "pods", `{"metadata":{"ownerReferences":[{"kind":"LongLivedCanary","controller":true}]}}`)
	p.breaks()
}

func TestRefusedWriteIsNone(t *testing.T) {
	p := begin(t)
	p.request("PATCH", "services/shop", `{}`)
	p.Log.Requests[0].Code = 403
	p.breaks()
}

func TestOrphanOfOursMayBeWritten(t *testing.T) {
	p := begin(t)
	p.status("?", func(c *Canary) { c.Ready = false })
	p.change("jdk-0-aaaaa", func(o *Object) {
		o.Owners, o.Annotations = nil, map[string]string{uidAnnotation: "canary"}
		o.Labels = map[string]string{harness.NameLabel: "jdk"}
	})
	p.request("PATCH", "pods/jdk-0-aaaaa", `{"metadata":{"uid":"pod-2","labels":{"app":null}}}`)
	p.breaks()
}

func TestStableTouched(t *testing.T) {
	for _, body := range []string{`{"preconditions":{"uid":"pod-5"}}`, ``} {
		p := begin(t)
		p.createOwned("shop-h1-xxxxx", Owner{Kind: "ReplicaSet", Name: "shop-h1", UID: "set", Controller: true})
		p.request("DELETE", "pods/shop-h1-xxxxx", body)
		want := []string{"foreign-write", "stable-touched"}
		if body == "" {
			want = append(want, "unguarded")
		}
		p.breaks(want...)
	}
}

func TestUnguarded(t *testing.T) {
	p := begin(t)
	p.request("DELETE", "pods/jdk-0-aaaaa", `{"propagationPolicy":"Background"}`)
	p.breaks("unguarded")
}

func TestBodiesThatAreNotKnownProveNothing(t *testing.T) {
	p := begin(t)
	p.request("DELETE", "pods/jdk-0-aaaaa", "")
	p.request("POST", "pods", "")
	for i := range p.Log.Requests {
		p.Log.Requests[i].Body = nil
	}
	p.breaks()
}

func TestBudget(t *testing.T) {
	requests := make([]Request, 16)
	if v := (Budget{FaultFree: 10, Allowed: 1}).Check(requests); v != nil {
		t.Errorf("16 of 15 + 1: %s", v)
	}
	if v := (Budget{FaultFree: 10}).Check(requests); v == nil {
		t.Error("16 of 15 are within the budget")
	}
}

func TestRelists(t *testing.T) {
	lists := Relists([]Request{
		{Method: "GET", Path: "/api/v1/namespaces/shop/pods", Query: "limit=500"},
		{Method: "GET", Path: "/api/v1/namespaces/shop/pods", Query: "watch=true"},
		{Method: "GET", Path: "/api/v1/namespaces/shop/pods/x"},
		{Method: "GET", Path: "/api/v1/pods"},
		{Method: "POST", Path: "/api/v1/namespaces/shop/pods"},
	})
	if len(lists) != 1 || lists["pods"] != 2 {
		t.Errorf("lists are %v, want 2 of pods", lists)
	}
}
