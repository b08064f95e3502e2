package e2e

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"

	"llc.test/e2e/harness"
)

// change is one watch event.
type change struct {
	version uint64
	gone    bool // DELETED
	seen    time.Time
	object  runtime.Object
}

// history is every change of the pods, ReplicaSets and Rollouts of a
// namespace since it was begun. The watches are separate; resourceVersions
// put them into the one order in which the API server committed them.
type history struct {
	cancel  context.CancelFunc
	watches sync.WaitGroup
	mu      sync.Mutex
	changes []change
	err     error
}

// record begins a history with what there is.
func (s *scene) record() *history {
	s.Helper()
	ctx, cancel := context.WithCancel(s.ctx)
	h := &history{cancel: cancel}
	s.Cleanup(cancel)
	pods, sets := s.Kube.CoreV1().Pods(s.ns), s.Kube.AppsV1().ReplicaSets(s.ns)
	rollouts := s.Dynamic.Resource(harness.Rollouts).Namespace(s.ns)
	h.begin(s, ctx, asList(pods.List), pods.Watch)
	h.begin(s, ctx, asList(sets.List), sets.Watch)
	h.begin(s, ctx, asList(rollouts.List), rollouts.Watch)
	return h
}

type (
	listFunc  func(context.Context, metav1.ListOptions) (runtime.Object, error)
	watchFunc func(context.Context, metav1.ListOptions) (watch.Interface, error)
)

func asList[T runtime.Object](list func(context.Context, metav1.ListOptions) (T, error)) listFunc {
	return func(ctx context.Context, opt metav1.ListOptions) (runtime.Object, error) { return list(ctx, opt) }
}

func (h *history) begin(s *scene, ctx context.Context, list listFunc, begin watchFunc) {
	s.Helper()
	all, err := list(ctx, metav1.ListOptions{})
	s.must(err)
	listed, err := meta.ListAccessor(all)
	s.must(err)
	s.must(meta.EachListItem(all, func(object runtime.Object) error { return h.add(false, object.DeepCopyObject()) }))
	h.watches.Add(1)
	go h.follow(ctx, begin, listed.GetResourceVersion())
}

// follow goes on where a watch ended: the API server ends those that are too
// slow for it.
func (h *history) follow(ctx context.Context, begin watchFunc, version string) {
	defer h.watches.Done()
	for ctx.Err() == nil {
		events, err := begin(ctx, metav1.ListOptions{ResourceVersion: version})
		for err == nil {
			event, open := <-events.ResultChan()
			if !open || ctx.Err() != nil {
				break // it may end with an ERROR of its own making
			}
			if err = h.add(event.Type == watch.Deleted, event.Object); err == nil {
				version = event.Object.(metav1.Object).GetResourceVersion()
			}
		}
		if err != nil && ctx.Err() == nil {
			h.mu.Lock()
			h.err = fmt.Errorf("a watch ended: what came after is not known: %w", err)
			h.mu.Unlock()
			return
		}
	}
}

func (h *history) add(gone bool, object runtime.Object) error {
	accessor, err := metaAccessor(object)
	if err != nil {
		return apierrors.FromObject(object)
	}
	version, err := strconv.ParseUint(accessor.GetResourceVersion(), 10, 64)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.changes = append(h.changes, change{version, gone, time.Now(), object})
	return err
}

func metaAccessor(object runtime.Object) (metav1.Object, error) {
	if accessor, ok := object.(metav1.Object); ok {
		return accessor, nil
	}
	return nil, fmt.Errorf("%T", object)
}

// sawGone says whether the end of an object of that name has arrived.
func (h *history) sawGone(name string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.ContainsFunc(h.changes, func(c change) bool {
		return c.gone && c.object.(metav1.Object).GetName() == name
	})
}

// end stops the watches and returns the changes in order.
func (h *history) end() ([]change, error) {
	h.cancel()
	h.watches.Wait()
	slices.SortStableFunc(h.changes, func(a, b change) int { return cmp.Compare(a.version, b.version) })
	return h.changes, h.err
}

// production replays a history and judges, after each change, what the canary
// must not do to production.
type production struct {
	replicas    int32  // of the Rollout, constant
	canaryUID   string // of the LongLivedCanary
	stable      string
	replicaSets map[string]*appsv1.ReplicaSet // by hash
	pods        map[string]*corev1.Pod        // by UID; alive ones
	promotions  int
}

func (p *production) replay(changes []change) error {
	p.replicaSets, p.pods = map[string]*appsv1.ReplicaSet{}, map[string]*corev1.Pod{}
	began := false
	for _, c := range changes {
		var err error
		switch object := c.object.(type) {
		case *unstructured.Unstructured:
			err = p.rollout(object)
		case *appsv1.ReplicaSet:
			p.replicaSets[object.Labels[harness.HashLabel]] = object
			if c.gone {
				delete(p.replicaSets, object.Labels[harness.HashLabel])
			}
		case *corev1.Pod:
			err = p.pod(object, c.gone)
		}
		// The first changes are the state there was: a part of it proves nothing.
		whole := p.checkCount()
		began = began || whole == nil
		if err == nil && began {
			err = whole
		}
		if err != nil {
			return fmt.Errorf("at resourceVersion %d: %w", c.version, err)
		}
	}
	if !began {
		return fmt.Errorf("production was never seen whole: %w", p.checkCount())
	}
	return nil
}

func (p *production) rollout(object *unstructured.Unstructured) error {
	rollout, err := harness.DecodeRollout(object.Object)
	if err != nil {
		return err
	}
	if p.stable != "" && rollout.Status.StableRS != p.stable {
		p.promotions++
	}
	p.stable = rollout.Status.StableRS
	return nil
}

func (p *production) pod(pod *corev1.Pod, gone bool) error {
	owner := metav1.GetControllerOf(pod)
	if pod.Labels[harness.NameLabel] != "" {
		if len(pod.OwnerReferences) != 1 || owner == nil || owner.Kind != "LongLivedCanary" || string(owner.UID) != p.canaryUID {
			return fmt.Errorf("canary pod %s has the owners %v", pod.Name, pod.OwnerReferences)
		}
		return nil
	}
	if gone || pod.DeletionTimestamp != nil {
		delete(p.pods, string(pod.UID))
		if pod.Labels[harness.HashLabel] == p.stable {
			return fmt.Errorf("production pod %s of the stable ReplicaSet was deleted", pod.Name)
		}
		return nil
	}
	p.pods[string(pod.UID)] = pod
	return nil
}

// checkCount is nil when the stable ReplicaSet has exactly its pods, in its
// status and in fact.
func (p *production) checkCount() error {
	rs := p.replicaSets[p.stable]
	if rs == nil {
		return fmt.Errorf("no ReplicaSet of the stable hash %q", p.stable)
	}
	if rs.Spec.Replicas == nil || *rs.Spec.Replicas != p.replicas || rs.Status.Replicas != p.replicas || rs.Status.ReadyReplicas != p.replicas {
		return fmt.Errorf("stable ReplicaSet %s: %d replicas, %d ready, want %d", rs.Name, rs.Status.Replicas, rs.Status.ReadyReplicas, p.replicas)
	}
	owned := int32(0)
	for _, pod := range p.pods {
		if metav1.IsControlledBy(pod, rs) {
			owned++
		}
	}
	if owned != p.replicas {
		return fmt.Errorf("stable ReplicaSet %s owns %d pods, want %d", rs.Name, owned, p.replicas)
	}
	return nil
}

// leastReady replays a history and returns the smallest number of canary pods
// that were ready and not being deleted, once there had been full of them.
func leastReady(changes []change, full int) int {
	ready, least, began := map[string]bool{}, full, false
	for _, c := range changes {
		pod, ok := c.object.(*corev1.Pod)
		if !ok || pod.Labels[harness.NameLabel] == "" {
			continue
		}
		delete(ready, string(pod.UID))
		if !c.gone && pod.DeletionTimestamp == nil && isReady(pod) {
			ready[string(pod.UID)] = true
		}
		began = began || len(ready) == full
		if began {
			least = min(least, len(ready))
		}
	}
	if !began {
		return 0
	}
	return least
}

// mostLive replays a history and returns the largest number of canary pods
// that existed and were not being deleted.
func mostLive(changes []change) int {
	live, most := map[string]bool{}, 0
	for _, c := range changes {
		pod, ok := c.object.(*corev1.Pod)
		if !ok || pod.Labels[harness.NameLabel] == "" {
			continue
		}
		delete(live, string(pod.UID))
		if !c.gone && pod.DeletionTimestamp == nil {
			live[string(pod.UID)] = true
		}
		most = max(most, len(live))
	}
	return most
}

// hashesOf are the values that the hash label of one pod had, one after the
// other; "" is none.
func hashesOf(changes []change, uid types.UID) []string {
	var hashes []string
	for _, c := range changes {
		pod, ok := c.object.(*corev1.Pod)
		if !ok || c.gone || pod.UID != uid {
			continue
		}
		if hash := pod.Labels[harness.HashLabel]; len(hashes) == 0 || hashes[len(hashes)-1] != hash {
			hashes = append(hashes, hash)
		}
	}
	return hashes
}

// checkOwners is nil when every canary pod was controlled by that
// LongLivedCanary, and by nothing else, in every state there was.
func checkOwners(changes []change, canaryUID types.UID) error {
	judge := production{canaryUID: string(canaryUID), pods: map[string]*corev1.Pod{}}
	for _, c := range changes {
		if pod, ok := c.object.(*corev1.Pod); ok && pod.Labels[harness.NameLabel] != "" {
			if err := judge.pod(pod, c.gone); err != nil {
				return fmt.Errorf("at resourceVersion %d: %w", c.version, err)
			}
		}
	}
	return nil
}

// changesOf are the changes of the pods of one canary.
func changesOf(changes []change, name string) []change {
	var kept []change
	for _, c := range changes {
		if pod, ok := c.object.(*corev1.Pod); ok && pod.Labels[harness.NameLabel] == name {
			kept = append(kept, c)
		}
	}
	return kept
}

// relabelLag is the time from when a hash was seen to be stable to when the
// last pod was seen to get it.
func relabelLag(changes []change, hash string) (time.Duration, error) {
	var stable, last time.Time
	labels := map[types.UID]string{}
	for _, c := range changes {
		switch object := c.object.(type) {
		case *unstructured.Unstructured:
			rollout, err := harness.DecodeRollout(object.Object)
			if err != nil {
				return 0, err
			}
			if rollout.Status.StableRS == hash && stable.IsZero() {
				stable = c.seen
			}
		case *corev1.Pod:
			now := object.Labels[harness.HashLabel]
			if before, known := labels[object.UID]; object.Labels[harness.NameLabel] != "" && known && before != now && now == hash {
				last = c.seen
			}
			labels[object.UID] = now
		}
	}
	if stable.IsZero() || last.IsZero() {
		return 0, fmt.Errorf("no pod followed to %s", hash)
	}
	return last.Sub(stable), nil
}
