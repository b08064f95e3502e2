package observer

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"llc.test/e2e/harness"
)

// past is an invented history: one Rollout, one canary, pods of both. Each
// change is a revision; time passes only when the test says so.
type past struct {
	*testing.T
	Case
	now      time.Time
	revision uint64
	uids     int
	canary   Object
	rollout  Object
	pods     map[string]*Object
}

// begin has a Rollout whose stable hash is h1 and a canary of two pods in
// slots 0 and 1, all as it should be and told so.
func begin(t *testing.T) *past {
	p := &past{T: t, now: time.Unix(1_700_000_000, 0), pods: map[string]*Object{}}
	p.rollout = Object{Kind: Rollouts, Meta: Meta{Name: "shop", UID: "rollout"}, Rollout: &Rollout{Replicas: 3, StableRS: "h1"}}
	p.commit(Added, p.rollout)
	p.canary = Object{Kind: Canaries, Meta: Meta{Name: "jdk", UID: "canary", Generation: 1},
		Canary: &Canary{Rollout: "shop", Replicas: 2, Image: "jdk:1", Traffic: "Service", ObservedGeneration: -1, Status: "default", StatusTimeless: "default"}}
	p.commit(Added, p.canary)
	p.status("creating", func(c *Canary) { c.ObservedGeneration = 1 })
	p.create("jdk-0-aaaaa")
	p.create("jdk-1-bbbbb")
	p.ready("jdk-0-aaaaa", true)
	p.ready("jdk-1-bbbbb", true)
	p.status("all ready", func(c *Canary) { c.Ready = true })
	return p
}

func (p *past) commit(verb Verb, object Object) {
	p.revision++
	object.Revision = p.revision
	p.Changes = append(p.Changes, Change{Verb: verb, Object: &object, Seen: p.now})
}

func (p *past) pass(d time.Duration) { p.now = p.now.Add(d) }

// spec makes a generation.
func (p *past) spec(change func(*Canary)) {
	next := *p.canary.Canary
	change(&next)
	p.canary.Canary = &next
	p.canary.Generation++
	p.commit(Modified, p.canary)
}

func (p *past) status(text string, change func(*Canary)) {
	next := *p.canary.Canary
	change(&next)
	next.Status, next.StatusTimeless = text, text
	p.canary.Canary = &next
	p.commit(Modified, p.canary)
}

func (p *past) deleteCanary() {
	p.canary.Deleted = &p.now
	p.commit(Modified, p.canary)
}

func (p *past) canaryGone() { p.commit(Deleted, p.canary) }

func (p *past) stable(hash string) {
	p.rollout.Rollout = &Rollout{Replicas: 3, StableRS: hash}
	p.commit(Modified, p.rollout)
}

func (p *past) create(name string) {
	p.uids++
	p.createOwned(name, Owner{Kind: "LongLivedCanary", Name: "jdk", UID: "canary", Controller: true})
}

func (p *past) createOwned(name string, owners ...Owner) {
	p.uids++
	p.pods[name] = &Object{Kind: Pods,
		Meta: Meta{Name: name, UID: fmt.Sprintf("pod-%d", p.uids), Owners: owners, Labels: map[string]string{harness.HashLabel: p.rollout.Rollout.StableRS}},
		Pod:  &Pod{Phase: "Pending", Containers: []Container{{"app", p.canary.Canary.Image}}}}
	p.commit(Added, *p.pods[name])
}

func (p *past) change(name string, change func(*Object)) {
	next := *p.pods[name]
	pod := *next.Pod
	next.Pod = &pod
	change(&next)
	p.pods[name] = &next
	p.commit(Modified, next)
}

func (p *past) ready(name string, is bool) {
	p.change(name, func(o *Object) { o.Pod.Phase, o.Pod.Ready = "Running", is })
}

func (p *past) relabel(name, hash string) {
	p.change(name, func(o *Object) { o.Labels = map[string]string{harness.HashLabel: hash} })
}

func (p *past) dying(name string) { p.change(name, func(o *Object) { o.Deleted = &p.now }) }

func (p *past) gone(name string) { p.commit(Deleted, *p.pods[name]) }

func (p *past) request(method, path, body string) {
	p.Log.Requests = append(p.Log.Requests, Request{Method: method, Path: "/api/v1/namespaces/shop/" + path, Body: []byte(body), Code: 200, Time: p.now})
}

func (p *past) requestStatus() {
	p.Log.Requests = append(p.Log.Requests, Request{Method: "PATCH", Code: 200, Time: p.now, Body: []byte(`{"metadata":{"uid":"canary"}}`),
		Path: "/apis/argo-canary.dev/v1alpha1/namespaces/shop/longlivedcanaries/jdk/status"})
}

// breaks demands that exactly these rules are broken.
func (p *past) breaks(rules ...string) {
	p.Helper()
	p.End = p.now
	var broken []string
	violations := Judge(p.Case)
	for _, v := range violations {
		if !slices.Contains(broken, v.Rule) {
			broken = append(broken, v.Rule)
		}
	}
	slices.Sort(broken)
	slices.Sort(rules)
	if !slices.Equal(broken, rules) {
		p.Errorf("broken are %v, want %v", broken, rules)
		for _, v := range violations {
			p.T.Log(v)
		}
	}
}
