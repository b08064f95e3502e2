// Package scenario is what may happen to a canary while it lives, one change
// at a time. Production is led as Argo Rollouts leads it, by hand, so that
// every run of a scenario is the same; the ReplicaSet controller, the garbage
// collector and the scheduler are the real ones.
package scenario

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"llc.test/e2e/harness"
	"llc.test/faults/observer"
)

// Scenario is a canary that has come to rest, a change, and what must come of it.
type Scenario struct {
	Name     string
	Replicas int // of the canary before the change; 0 = there is none
	Act      func(context.Context, *Stage) error
	End      End
	Excused  string // a rule of the observer that it can't keep
}

// End is the state that must come.
type End struct {
	Gone     bool // no canary, no pods of it; else:
	Replicas int
	Image    string
	Revision int // whose hash the pods carry
}

// The canary's images: as it is created, and as it is changed.
const (
	FirstImage  = "shop:jdk21"
	secondImage = "shop:jdk22"
)

// All scenarios, the usual ones first.
var All = []Scenario{
	{"create", 0, create, End{Replicas: 2, Image: FirstImage, Revision: 1}, ""},
	{"scale-up", 1, scaleTo(3), End{Replicas: 3, Image: FirstImage, Revision: 1}, ""},
	{"scale-down", 3, scaleTo(1), End{Replicas: 1, Image: FirstImage, Revision: 1}, ""},
	{"delete-background", 2, deleteBy(metav1.DeletePropagationBackground), End{Gone: true}, ""},
	{"delete-foreground", 2, deleteBy(metav1.DeletePropagationForeground), End{Gone: true}, ""},
	{"delete-orphan", 2, orphan, End{Replicas: 2, Image: FirstImage, Revision: 1}, ""},
	{"promotion", 2, promotion, End{Replicas: 2, Image: FirstImage, Revision: 2}, ""},
	{"rollback", 2, rollback, End{Replicas: 2, Image: FirstImage, Revision: 1}, ""},
	{"abort", 2, abort, End{Replicas: 2, Image: FirstImage, Revision: 1}, ""},
	{"two-promotions", 2, twoPromotions, End{Replicas: 2, Image: FirstImage, Revision: 3}, ""},
	{"pod-killed", 2, killPod, End{Replicas: 2, Image: FirstImage, Revision: 1}, ""},
	{"rollout-recreated", 2, recreateRollout, End{Replicas: 2, Image: FirstImage, Revision: 1}, ""},
	{"relabel-50", 50, promotion, End{Replicas: 50, Image: FirstImage, Revision: 2}, ""},
	{"override-change", 2, overrideChange, End{Replicas: 2, Image: secondImage, Revision: 1}, ""},
	// Two that know nothing of each other tell the same thing, each with its own time.
	{"upgrade", 2, upgrade, End{Replicas: 3, Image: FirstImage, Revision: 2}, "status-churn"},
}

// Find a scenario by its name.
func Find(name string) (Scenario, error) {
	for _, s := range All {
		if s.Name == name {
			return s, nil
		}
	}
	return Scenario{}, fmt.Errorf("no scenario is called %q", name)
}

// Rest is where the canary is before the change.
func (s Scenario) Rest() End { return End{Replicas: s.Replicas, Image: FirstImage, Revision: 1} }

// Check is nil when the end has come, as an observer sees it.
func (e End) Check(seen []*observer.Object) error {
	canary, pods := canaryOf(seen)
	if e.Gone {
		if canary != nil || len(pods) > 0 {
			return fmt.Errorf("the canary is there: %t, with %d pods", canary != nil, len(pods))
		}
		return nil
	}
	if canary == nil {
		return errors.New("there is no canary")
	}
	if told := canary.Canary; !told.Ready || told.ObservedGeneration != canary.Generation {
		return fmt.Errorf("the canary is not ready at generation %d: Ready=%t, %s, at generation %d, %d pods", canary.Generation,
			told.Ready, told.ReadyReason, told.ObservedGeneration, len(pods))
	}
	if len(pods) != e.Replicas {
		return fmt.Errorf("%d pods, want %d", len(pods), e.Replicas)
	}
	for _, pod := range pods {
		if err := e.checkPod(pod, canary); err != nil {
			return fmt.Errorf("pod %s %w", pod.Name, err)
		}
	}
	return e.checkTold(canary)
}

// canaryOf is the canary, if there is one, and what carries its name label.
func canaryOf(seen []*observer.Object) (canary *observer.Object, pods []*observer.Object) {
	for _, object := range seen {
		switch {
		case object.Kind == observer.Canaries:
			canary = object
		case object.Kind == observer.Pods && object.Labels[harness.NameLabel] != "":
			pods = append(pods, object)
		}
	}
	return canary, pods
}

func (e End) checkPod(pod, canary *observer.Object) error {
	switch hash := pod.Labels[harness.HashLabel]; {
	case pod.Deleted != nil:
		return errors.New("is being deleted")
	case !slices.ContainsFunc(pod.Owners, func(o observer.Owner) bool { return o.Controller && o.UID == canary.UID }):
		return fmt.Errorf("is owned by %v", pod.Owners)
	case hash != Hash(e.Revision):
		return fmt.Errorf("has the hash %q, want %s", hash, Hash(e.Revision))
	case pod.Pod.Containers[0].Image != e.Image:
		return fmt.Errorf("has the image %s, want %s", pod.Pod.Containers[0].Image, e.Image)
	case !pod.Pod.Ready:
		return errors.New("is not ready")
	}
	return nil
}

// checkTold is nil when the status has the figures right.
func (e End) checkTold(canary *observer.Object) error {
	var told harness.CanaryStatus
	if err := json.Unmarshal([]byte(canary.Canary.Status), &told); err != nil {
		return err
	}
	n := int64(e.Replicas)
	if told.Replicas != n || told.ReadyReplicas != n || told.UpdatedReplicas != n || told.PodTemplateHash != Hash(e.Revision) {
		return fmt.Errorf("the status tells of %s pods of %s, %d updated", told.Ready, told.PodTemplateHash, told.UpdatedReplicas)
	}
	return nil
}

// Create makes the canary with that many replicas.
func (s *Stage) Create(ctx context.Context, replicas int) error {
	_, err := s.Dynamic.Resource(harness.Canaries).Namespace(s.Namespace).Create(ctx,
		&unstructured.Unstructured{Object: map[string]any{
			"apiVersion": harness.Canaries.GroupVersion().String(),
			"kind":       "LongLivedCanary",
			"metadata":   map[string]any{"name": CanaryName},
			"spec": map[string]any{
				"rolloutRef": map[string]any{"name": RolloutName},
				"image":      FirstImage,
				"replicas":   int64(replicas),
			},
		}}, metav1.CreateOptions{})
	return err
}
