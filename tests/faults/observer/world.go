package observer

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// world is what existed at one revision, and what of the past matters.
type world struct {
	canaries map[string]*canary  // by UID; those that are gone too
	rollouts map[string]*rollout // by name; those that are gone too
	pods     map[string]*Object  // by UID; what exists, whoever owns it
	places   map[string]int      // by UID of a canary's pod: which of rollout.stable its hash is
	found    map[string]bool     // UID and hash of pods that were there before the observer
}

// canary is one LongLivedCanary with its pods.
type canary struct {
	*Object
	gone        bool
	dying       time.Time // when its deletion was first seen; zero = it lives
	dyingAt     uint64    // and the revision
	generations []generation
	pods        map[string]*Object // by UID; what exists
	statuses    int                // changes of its status
}

type generation struct{ number, replicas int64 }

// rollout is all that ever had that name.
type rollout struct {
	*Object
	gone   bool
	stable []stable
}

// stable is a value that status.stableRS took.
type stable struct {
	revision uint64
	hash     string
}

func newWorld() *world {
	return &world{
		canaries: map[string]*canary{},
		rollouts: map[string]*rollout{},
		pods:     map[string]*Object{},
		places:   map[string]int{},
		found:    map[string]bool{},
	}
}

// worldOf is a world of which only the present is known.
func worldOf(objects []*Object) *world {
	w := newWorld()
	for _, object := range objects {
		w.apply(&Change{Verb: Added, Object: object, Listed: true})
	}
	return w
}

// apply makes a change part of the world and returns the canaries that it
// concerns.
func (w *world) apply(change *Change) []*canary {
	switch change.Object.Kind {
	case Pods:
		return w.applyPod(change)
	case Canaries:
		return []*canary{w.applyCanary(change)}
	case Rollouts:
		return w.applyRollout(change)
	case ReplicaSets:
	}
	return nil
}

func (w *world) applyPod(change *Change) []*canary {
	var concerned []*canary
	pod := change.Object
	if before := w.pods[pod.UID]; before != nil {
		if owner := w.canaries[before.canaryUID()]; owner != nil {
			delete(owner.pods, pod.UID)
			concerned = append(concerned, owner)
		}
	}
	delete(w.pods, pod.UID)
	if change.Verb == Deleted {
		return concerned
	}
	w.pods[pod.UID] = pod
	if uid := pod.canaryUID(); uid != "" {
		owner := w.canary(uid)
		owner.pods[pod.UID] = pod
		w.place(owner, pod)
		if change.Listed {
			w.found[pod.UID+pod.hash()] = true
		}
		if !slices.Contains(concerned, owner) {
			concerned = append(concerned, owner)
		}
	}
	return concerned
}

// place notes which value of status.stableRS a pod has followed to: where the
// same hash was stable more than once, the first that it can be.
func (w *world) place(owner *canary, pod *Object) {
	if r := w.rolloutOf(owner); r != nil && pod.hash() != "" {
		if place := r.next(pod.hash(), w.places[pod.UID]); place >= 0 {
			w.places[pod.UID] = place
		}
	}
}

// canary of that UID: one that was never seen is gone.
func (w *world) canary(uid string) *canary {
	c := w.canaries[uid]
	if c == nil {
		c = &canary{Object: &Object{Kind: Canaries, Meta: Meta{UID: uid}, Canary: &Canary{}}, gone: true, pods: map[string]*Object{}}
		w.canaries[uid] = c
	}
	return c
}

func (w *world) applyCanary(change *Change) *canary {
	c := w.canary(change.Object.UID)
	if c.Canary.Status != change.Object.Canary.Status && !change.Listed {
		c.statuses++
	}
	if change.Verb == Added && !change.Listed {
		c.statuses = 0 // the default of the schema is not a write
	}
	c.Object = change.Object
	c.gone = change.Verb == Deleted
	if c.dying.IsZero() && (c.gone || c.Deleted != nil) {
		c.dying, c.dyingAt = change.Seen, change.Revision()
	}
	if n := len(c.generations); n == 0 || c.generations[n-1].number != c.Generation {
		c.generations = append(c.generations, generation{c.Generation, c.Replicas()})
	}
	return c
}

func (w *world) applyRollout(change *Change) []*canary {
	r := w.rollouts[change.Object.Name]
	if r == nil {
		r = &rollout{}
		w.rollouts[change.Object.Name] = r
	}
	r.Object = change.Object
	r.gone = change.Verb == Deleted
	hash := r.Rollout.StableRS
	if n := len(r.stable); hash != "" && (n == 0 || r.stable[n-1].hash != hash) {
		r.stable = append(r.stable, stable{change.Revision(), hash})
	}
	return slices.DeleteFunc(w.allCanaries(), func(c *canary) bool { return c.Canary.Rollout != r.Name })
}

func (w *world) allCanaries() []*canary {
	return slices.SortedFunc(maps.Values(w.canaries), func(a, b *canary) int { return cmp.Compare(a.UID, b.UID) })
}

// rolloutOf is the Rollout that a canary follows; nil = there was never one.
func (w *world) rolloutOf(c *canary) *rollout { return w.rollouts[c.Canary.Rollout] }

// Replicas that are wanted.
func (c *canary) Replicas() int64 { return c.Canary.Replicas }

// livePods in the order of their names.
func (c *canary) livePods() []*Object {
	return slices.DeleteFunc(c.allPods(), func(pod *Object) bool { return !pod.live() })
}

func (c *canary) allPods() []*Object {
	return slices.SortedFunc(maps.Values(c.pods), func(a, b *Object) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.UID, b.UID))
	})
}

// mostWanted is the largest number of replicas that the controller may know
// of: of the generation that its status speaks of, and of those after it.
// False when the observer came too late to know that one.
func (c *canary) mostWanted() (int64, bool) {
	observed := c.Canary.ObservedGeneration
	most := int64(0)
	for _, g := range c.generations {
		if g.number >= observed {
			most = max(most, g.replicas)
		}
	}
	first := c.generations[0].number
	return most, first == 1 || first <= observed
}

// next is the first value from that place on that was that hash; -1 = none.
func (r *rollout) next(hash string, from int) int {
	for i := from; i < len(r.stable); i++ {
		if r.stable[i].hash == hash {
			return i
		}
	}
	return -1
}

// known says whether the Rollout ever had that hash.
func (r *rollout) known(hash string) bool { return r != nil && r.next(hash, 0) >= 0 }

// stableHash is what all its canaries' pods should carry; "" = nothing is.
func (r *rollout) stableHash() string {
	if r == nil || r.gone || r.Deleted != nil {
		return ""
	}
	return r.Rollout.StableRS
}
