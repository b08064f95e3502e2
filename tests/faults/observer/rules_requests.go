package observer

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"llc.test/e2e/harness"
)

// arrivalSlack is how much earlier or later than its request a change may
// have arrived here.
const arrivalSlack = 2 * time.Second

// judgeLog is about what was asked of the API server. The world is the one at
// the end, with every canary there ever was.
func judgeLog(c Case, w *world) []Violation {
	lives := livesOf(c.Changes)
	var violations []Violation
	report := func(rule string, r *Request, text string) {
		if text != "" {
			violations = append(violations, Violation{rule, r.Method + " " + r.Path, 0, text, r.Time})
		}
	}
	for i := range c.Log.Requests {
		r := &c.Log.Requests[i]
		if !r.committed() {
			continue
		}
		report("foreign-write", r, foreignWrite(r, lives))
		report("stable-touched", r, stableTouched(r, lives))
		report("unguarded", r, unguarded(r))
	}
	return append(violations, emptyWrites(c, w)...)
}

// life is one pod, with all the controllers it had.
type life struct {
	name, uid  string
	begin, end time.Time // of arrival; zero = before, or not yet
	owners     []Owner
	made       bool // by us: its name and its annotation say so
}

func livesOf(changes []Change) map[string]*life {
	lives := map[string]*life{}
	for i := range changes {
		pod := changes[i].Object
		if pod.Kind != Pods {
			continue
		}
		l := lives[pod.UID]
		if l == nil {
			l = &life{name: pod.Name, uid: pod.UID}
			if !changes[i].Listed {
				l.begin = changes[i].Seen
			}
			lives[pod.UID] = l
		}
		if owner := pod.controller(); owner != nil {
			l.owners = append(l.owners, *owner)
		}
		l.made = l.made || pod.Annotations[uidAnnotation] != "" && pod.Labels[harness.NameLabel] != ""
		if changes[i].Verb == Deleted {
			l.end = changes[i].Seen
		}
	}
	return lives
}

// ours says whether a canary controlled the pod for all its life, or it was
// made for one and has lost it.
func (l *life) ours() bool {
	for _, owner := range l.owners {
		if owner.Kind != "LongLivedCanary" {
			return l.made && l.owners[0].Kind == "LongLivedCanary"
		}
	}
	return len(l.owners) > 0 || l.made
}

func (l *life) ofReplicaSet() bool {
	return len(l.owners) > 0 && l.owners[0].Kind == "ReplicaSet"
}

// at says whether the pod may have existed when a request was made.
func (l *life) at(t time.Time) bool {
	return (l.begin.IsZero() || l.begin.Add(-arrivalSlack).Before(t)) && (l.end.IsZero() || l.end.Add(arrivalSlack).After(t))
}

// targets are the pods that a request may have been about. With a UID as its
// precondition it can only have been that one.
func (r *Request) targets(lives map[string]*life) []*life {
	if l := lives[r.precondition()]; l != nil {
		return []*life{l}
	}
	var found []*life
	for _, l := range lives {
		if l.name == r.target().name && l.at(r.Time) {
			found = append(found, l)
		}
	}
	return found
}

type writeBody struct {
	Metadata struct {
		UID         string
		Labels      map[string]any
		Annotations map[string]any
		Owners      []Owner `json:"ownerReferences"`
	}
	Preconditions struct{ UID string }
	Spec, Status  json.RawMessage
}

func (r *Request) body() (body writeBody, known bool) {
	return body, r.Body != nil && json.Unmarshal(r.Body, &body) == nil
}

// precondition is the UID that the object must have.
func (r *Request) precondition() string {
	body, _ := r.body()
	if r.Method == http.MethodDelete {
		return body.Preconditions.UID
	}
	return body.Metadata.UID
}

// foreignWrite: what is written is a canary's own pod, the status of a
// canary, our annotation on a PodDisruptionBudget, or an Event.
func foreignWrite(r *Request, lives map[string]*life) string {
	t := r.target()
	body, known := r.body()
	switch {
	case t.resource == "events" && r.Method == http.MethodPost:
		return ""
	case t.resource == "leases":
		return ""
	case t.resource == "longlivedcanaries" && t.subresource == "status" && r.Method == http.MethodPatch:
		if body.Spec != nil {
			return "the spec is the user's"
		}
		return ""
	case t.resource == "poddisruptionbudgets" && r.Method == http.MethodPatch:
		return foreignBudgetPatch(body, known)
	case t.resource == "pods" && t.subresource == "" && r.Method == http.MethodPost:
		if known && (len(body.Metadata.Owners) != 1 || body.Metadata.Owners[0].Kind != "LongLivedCanary" || !body.Metadata.Owners[0].Controller) {
			return fmt.Sprintf("the pod's owners are %v", body.Metadata.Owners)
		}
		return ""
	case t.resource == "pods" && t.subresource == "" && t.name != "" && (r.Method == http.MethodPatch || r.Method == http.MethodDelete):
		return foreignPodWrite(r, body, lives)
	}
	return "nothing of this kind is ours to write"
}

func foreignBudgetPatch(body writeBody, known bool) string {
	if !known {
		return ""
	}
	if body.Spec != nil || body.Status != nil || len(body.Metadata.Labels) > 0 || len(body.Metadata.Owners) > 0 {
		return "of a PodDisruptionBudget only our annotation is ours"
	}
	for key := range body.Metadata.Annotations {
		if key != recountAnnotation {
			return "annotation " + key + " is not ours"
		}
	}
	return ""
}

func foreignPodWrite(r *Request, body writeBody, lives map[string]*life) string {
	if body.Spec != nil || body.Status != nil || len(body.Metadata.Owners) > 0 {
		return "only labels and annotations of a pod are ours to change"
	}
	for _, l := range r.targets(lives) {
		if !l.ours() {
			return fmt.Sprintf("pod %s is controlled by %v", l.name, l.owners)
		}
	}
	return ""
}

// stableTouched: the pods that ReplicaSets made are production's.
func stableTouched(r *Request, lives map[string]*life) string {
	if t := r.target(); t.resource != "pods" || t.name == "" {
		return ""
	}
	for _, l := range r.targets(lives) {
		if l.ofReplicaSet() {
			return fmt.Sprintf("pod %s was made by ReplicaSet %s", l.name, l.owners[0].Name)
		}
	}
	return ""
}

// unguarded: what is changed or deleted is named by its UID as well: a name
// may be another object's by now.
func unguarded(r *Request) string {
	if r.Body == nil || r.Method != http.MethodPatch && r.Method != http.MethodDelete || r.target().resource == "leases" {
		return ""
	}
	if r.precondition() == "" {
		return "no UID is named as a precondition"
	}
	return ""
}

// emptyWrites: each write of a status makes a revision of it, or it was for
// nothing.
func emptyWrites(c Case, w *world) []Violation {
	writes := map[string]int{}
	var last Request
	for i := range c.Log.Requests {
		r := &c.Log.Requests[i]
		if t := r.target(); r.committed() && t.resource == string(Canaries) && t.subresource == "status" {
			writes[t.name]++
			last = *r
		}
	}
	var violations []Violation
	for name, n := range writes {
		changes := 0
		for _, canary := range w.allCanaries() {
			if canary.Name == name {
				changes += canary.statuses
			}
		}
		if n > changes {
			violations = append(violations, Violation{"status-churn", "longlivedcanaries/" + name, 0,
				fmt.Sprintf("its status was written %d times and changed %d times", n, changes), last.Time})
		}
	}
	return violations
}

// Budget says how many requests a run may make: half as many again as the
// run without faults, and what was allowed beside.
type Budget struct {
	FaultFree int
	Allowed   int // tries that a Retry-After asked for; lists and watches of each restart
}

// Check is nil when requests stay within the budget.
func (b Budget) Check(requests []Request) *Violation {
	most := b.FaultFree*3/2 + b.Allowed
	if len(requests) <= most {
		return nil
	}
	return &Violation{"requests", "", 0, fmt.Sprintf("%d requests; %d without faults, so at most %d", len(requests), b.FaultFree, most), requests[most].Time}
}

// Relists are how often each kind was listed, by resource.
func Relists(requests []Request) map[string]int {
	lists := map[string]int{}
	for i := range requests {
		if requests[i].isList() && strings.HasPrefix(requests[i].Path, "/api") {
			lists[requests[i].target().resource]++
		}
	}
	return lists
}
