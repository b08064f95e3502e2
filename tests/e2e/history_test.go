package e2e

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"

	"llc.test/e2e/harness"
)

// change is one watch event.
type change struct {
	version uint64
	gone    bool // DELETED
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

// record begins a history.
func (s *scene) record() *history {
	s.Helper()
	ctx, cancel := context.WithCancel(s.ctx)
	h := &history{cancel: cancel}
	s.Cleanup(cancel)
	watches := []func(metav1.ListOptions) (watch.Interface, error){
		func(opt metav1.ListOptions) (watch.Interface, error) {
			return s.Kube.CoreV1().Pods(s.ns).Watch(ctx, opt)
		},
		func(opt metav1.ListOptions) (watch.Interface, error) {
			return s.Kube.AppsV1().ReplicaSets(s.ns).Watch(ctx, opt)
		},
		func(opt metav1.ListOptions) (watch.Interface, error) {
			return s.Dynamic.Resource(harness.Rollouts).Namespace(s.ns).Watch(ctx, opt)
		},
	}
	for _, begin := range watches {
		// Without a resourceVersion a watch begins with what there is.
		events, err := begin(metav1.ListOptions{})
		s.must(err)
		h.watches.Add(1)
		go h.read(ctx, events)
	}
	return h
}

func (h *history) read(ctx context.Context, events watch.Interface) {
	defer h.watches.Done()
	for event := range events.ResultChan() {
		if ctx.Err() != nil {
			return // it may end with an ERROR of its own making
		}
		object, err := metaAccessor(event.Object)
		h.mu.Lock()
		if err != nil {
			h.err = fmt.Errorf("watch: %s: %w", event.Type, err)
		} else {
			version, _ := strconv.ParseUint(object.GetResourceVersion(), 10, 64)
			h.changes = append(h.changes, change{version, event.Type == watch.Deleted, event.Object})
		}
		h.mu.Unlock()
	}
	if ctx.Err() == nil {
		h.mu.Lock()
		h.err = fmt.Errorf("a watch ended: what came after is not known")
		h.mu.Unlock()
	}
}

func metaAccessor(object runtime.Object) (metav1.Object, error) {
	if accessor, ok := object.(metav1.Object); ok {
		return accessor, nil
	}
	return nil, fmt.Errorf("%T", object)
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
