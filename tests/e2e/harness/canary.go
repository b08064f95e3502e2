package harness

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// The API's names, written down here a second time on purpose.
const (
	HashLabel = "rollouts-pod-template-hash"
	NameLabel = "argo-canary.dev/name"
	RoleLabel = "argo-canary.dev/role"
)

// The custom resources.
var (
	Canaries = schema.GroupVersionResource{Group: "argo-canary.dev", Version: "v1alpha1", Resource: "longlivedcanaries"}
	Rollouts = schema.GroupVersionResource{Group: "argoproj.io", Version: "v1alpha1", Resource: "rollouts"}
)

// Canary is a LongLivedCanary as far as the tests read it.
type Canary struct {
	Metadata metav1.ObjectMeta `json:"metadata"`
	Spec     struct {
		Replicas int64  `json:"replicas"`
		Image    string `json:"image"`
	} `json:"spec"`
	Status CanaryStatus `json:"status"`
}

// CanaryStatus is what the controller tells.
type CanaryStatus struct {
	ObservedGeneration int64              `json:"observedGeneration"`
	Phase              string             `json:"phase"`
	Replicas           int64              `json:"replicas"`
	Ready              string             `json:"ready"`
	ReadyReplicas      int64              `json:"readyReplicas"`
	AvailableReplicas  int64              `json:"availableReplicas"`
	UpdatedReplicas    int64              `json:"updatedReplicas"`
	Selector           string             `json:"selector"`
	Image              string             `json:"image"`
	PodTemplateHash    string             `json:"podTemplateHash"`
	Conditions         []metav1.Condition `json:"conditions"`
}

// GetCanary reads a LongLivedCanary.
func (c *Cluster) GetCanary(ctx context.Context, namespace, name string) (*Canary, error) {
	object, err := c.Dynamic.Resource(Canaries).Namespace(namespace).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return nil, err
	}
	canary := new(Canary)
	return canary, runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, canary)
}

// CheckReady is nil when the canary says that all is as the newest spec wants.
func (canary *Canary) CheckReady() error {
	if err := canary.CheckObserved(); err != nil {
		return err
	}
	return canary.CheckCondition("Ready", metav1.ConditionTrue, "")
}

// CheckObserved is nil when the status speaks of the newest spec.
func (canary *Canary) CheckObserved() error {
	if canary.Status.ObservedGeneration != canary.Metadata.Generation {
		return fmt.Errorf("observedGeneration is %d, generation %d", canary.Status.ObservedGeneration, canary.Metadata.Generation)
	}
	return nil
}

// CheckCondition is nil when a condition has that status and, unless empty,
// that reason.
func (canary *Canary) CheckCondition(kind string, status metav1.ConditionStatus, reason string) error {
	condition := meta.FindStatusCondition(canary.Status.Conditions, kind)
	if condition == nil {
		return fmt.Errorf("no condition %s", kind)
	}
	if condition.Status != status || reason != "" && condition.Reason != reason {
		return fmt.Errorf("%s is %s, reason %s: %s", kind, condition.Status, condition.Reason, condition.Message)
	}
	return nil
}

// Rollout is an Argo Rollout as far as the tests read it.
type Rollout struct {
	Metadata metav1.ObjectMeta `json:"metadata"`
	Status   struct {
		StableRS        string `json:"stableRS"`
		CurrentPodHash  string `json:"currentPodHash"`
		PauseConditions []struct {
			Reason string `json:"reason"`
		} `json:"pauseConditions"`
		Phase   string `json:"phase"`
		Message string `json:"message"`
	} `json:"status"`
}

// DecodeRollout from what a dynamic client returns.
func DecodeRollout(object map[string]any) (*Rollout, error) {
	rollout := new(Rollout)
	return rollout, runtime.DefaultUnstructuredConverter.FromUnstructured(object, rollout)
}

// GetRollout reads a Rollout.
func (c *Cluster) GetRollout(ctx context.Context, namespace, name string) (*Rollout, error) {
	object, err := c.Dynamic.Resource(Rollouts).Namespace(namespace).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return nil, err
	}
	return DecodeRollout(object.Object)
}

// CheckStable is nil when Argo calls the Rollout healthy and its newest
// version is the stable one.
func (r *Rollout) CheckStable() error {
	if r.Status.Phase != "Healthy" || r.Status.StableRS == "" || r.Status.StableRS != r.Status.CurrentPodHash {
		return fmt.Errorf("the Rollout is %s (stable %q, current %q) %s", r.Status.Phase, r.Status.StableRS,
			r.Status.CurrentPodHash, r.Status.Message)
	}
	return nil
}
