package observer

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"llc.test/e2e/harness"
)

// Kind of object, by the name of its resource.
type Kind string

// The kinds that are watched.
const (
	Pods        Kind = "pods"
	ReplicaSets Kind = "replicasets"
	Rollouts    Kind = "rollouts"
	Canaries    Kind = "longlivedcanaries"
)

var resources = map[Kind]schema.GroupVersionResource{
	Pods:        {Version: "v1", Resource: "pods"},
	ReplicaSets: {Group: "apps", Version: "v1", Resource: "replicasets"},
	Rollouts:    harness.Rollouts,
	Canaries:    harness.Canaries,
}

// The API's names, written down here once more on purpose.
const (
	ourPrefix            = "argo-canary.dev/"
	slotAnnotation       = ourPrefix + "slot"
	uidAnnotation        = ourPrefix + "uid"
	heldLabelsAnnotation = ourPrefix + "held-labels"
	recountAnnotation    = ourPrefix + "recount"
)

// Object is one state of an object, as far as anything is judged by it. One
// of the last four is not nil.
type Object struct {
	Kind     Kind
	Revision uint64
	Meta
	Pod        *Pod
	Canary     *Canary
	Rollout    *Rollout
	ReplicaSet *ReplicaSet
}

// Meta is what all objects have.
type Meta struct {
	Name        string            `json:"name"`
	UID         string            `json:"uid"`
	Version     string            `json:"resourceVersion"`
	Generation  int64             `json:"generation"`
	Created     time.Time         `json:"creationTimestamp"`
	Deleted     *time.Time        `json:"deletionTimestamp"`
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
	Owners      []Owner           `json:"ownerReferences"`
}

// Owner is an ownerReference.
type Owner struct {
	Kind       string `json:"kind"`
	Name       string `json:"name"`
	UID        string `json:"uid"`
	Controller bool   `json:"controller"`
}

// Container of a pod's spec, or of a canary's overrides.
type Container struct {
	Name  string `json:"name"`
	Image string `json:"image"`
}

// Pod is what is particular to a pod.
type Pod struct {
	Containers []Container
	Phase      string
	Ready      bool
}

// Canary is what is particular to a LongLivedCanary.
type Canary struct {
	Rollout            string
	Replicas           int64
	Image              string
	Containers         []Container
	Paused             bool
	Update             string // spec.updatePolicy.type
	Traffic            string // spec.traffic.mode
	Spec               string // all of it, as canonical JSON
	ObservedGeneration int64
	Ready              bool // condition Ready is True
	ReadyReason        string
	Status             string // all of it, as canonical JSON
	StatusTimeless     string // less its conditions' lastTransitionTime
}

// Rollout is what is particular to an Argo Rollout.
type Rollout struct {
	Replicas int64
	StableRS string
}

// ReplicaSet is what is particular to a ReplicaSet.
type ReplicaSet struct {
	Replicas int64
}

func (m *Meta) controller() *Owner {
	for i := range m.Owners {
		if m.Owners[i].Controller {
			return &m.Owners[i]
		}
	}
	return nil
}

// canaryUID is the LongLivedCanary that controls this object; "" = none does.
func (m *Meta) canaryUID() string {
	if owner := m.controller(); owner != nil && owner.Kind == "LongLivedCanary" {
		return owner.UID
	}
	return ""
}

func (m *Meta) hash() string { return m.Labels[harness.HashLabel] }

// held says whether the pod was taken out of traffic.
func (m *Meta) held() bool {
	_, held := m.Annotations[heldLabelsAnnotation]
	return held
}

// live is what a pod counts as: there, not on its way out, not ended.
func (o *Object) live() bool {
	return o.Deleted == nil && o.Pod.Phase != "Failed" && o.Pod.Phase != "Succeeded"
}

// slot of a canary's pod: <canary>-<slot>-<suffix>. The name says it, which
// can't be changed; where it says none, the annotation does. "" = none at all.
func (o *Object) slot() string {
	if owner := o.controller(); owner != nil {
		if rest, found := strings.CutPrefix(o.Name, owner.Name+"-"); found {
			slot, suffix, _ := strings.Cut(rest, "-")
			if _, err := strconv.ParseUint(slot, 10, 31); err == nil && suffix != "" {
				return slot
			}
		}
	}
	return o.Annotations[slotAnnotation]
}

func (o *Object) String() string { return fmt.Sprintf("%s/%s", o.Kind, o.Name) }

// decode reads one object of that kind.
func decode(kind Kind, text []byte) (*Object, error) {
	o := &Object{Kind: kind}
	var err error
	switch kind {
	case Pods:
		err = o.decodePod(text)
	case ReplicaSets:
		err = o.decodeReplicaSet(text)
	case Rollouts:
		err = o.decodeRollout(text)
	case Canaries:
		err = o.decodeCanary(text)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	if o.Revision, err = strconv.ParseUint(o.Version, 10, 64); err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	return o, nil
}

type condition struct {
	Type   string `json:"type"`
	Status string `json:"status"`
	Reason string `json:"reason"`
}

// find returns the condition of that type, or one that says nothing.
func find(conditions []condition, kind string) condition {
	for _, c := range conditions {
		if c.Type == kind {
			return c
		}
	}
	return condition{}
}

func (o *Object) decodePod(text []byte) error {
	var in struct {
		Metadata *Meta
		Spec     struct{ Containers []Container }
		Status   struct {
			Phase      string
			Conditions []condition
		}
	}
	in.Metadata = &o.Meta
	err := json.Unmarshal(text, &in)
	o.Pod = &Pod{
		Containers: in.Spec.Containers,
		Phase:      in.Status.Phase,
		Ready:      find(in.Status.Conditions, "Ready").Status == "True",
	}
	return err
}

func (o *Object) decodeReplicaSet(text []byte) error {
	var in struct {
		Metadata *Meta
		Spec     struct{ Replicas int64 }
	}
	in.Metadata = &o.Meta
	err := json.Unmarshal(text, &in)
	o.ReplicaSet = &ReplicaSet{Replicas: in.Spec.Replicas}
	return err
}

func (o *Object) decodeRollout(text []byte) error {
	var in struct {
		Metadata *Meta
		Spec     struct{ Replicas int64 }
		Status   struct{ StableRS string }
	}
	in.Metadata = &o.Meta
	err := json.Unmarshal(text, &in)
	o.Rollout = &Rollout{Replicas: in.Spec.Replicas, StableRS: in.Status.StableRS}
	return err
}

func (o *Object) decodeCanary(text []byte) error {
	var in struct {
		Metadata *Meta
		Spec     struct {
			RolloutRef   struct{ Name string }
			Replicas     int64
			Image        string
			Containers   []Container
			Paused       bool
			UpdatePolicy struct{ Type string }
			Traffic      struct{ Mode string }
		}
		Status struct {
			ObservedGeneration int64
			Conditions         []condition
		}
	}
	in.Metadata = &o.Meta
	if err := json.Unmarshal(text, &in); err != nil {
		return err
	}
	ready := find(in.Status.Conditions, "Ready")
	o.Canary = &Canary{
		Rollout:            in.Spec.RolloutRef.Name,
		Replicas:           in.Spec.Replicas,
		Image:              in.Spec.Image,
		Containers:         in.Spec.Containers,
		Paused:             in.Spec.Paused,
		Update:             in.Spec.UpdatePolicy.Type,
		Traffic:            in.Spec.Traffic.Mode,
		ObservedGeneration: in.Status.ObservedGeneration,
		Ready:              ready.Status == "True",
		ReadyReason:        ready.Reason,
	}
	return o.Canary.keepTexts(text)
}

func (c *Canary) keepTexts(text []byte) error {
	var whole struct{ Spec, Status map[string]any }
	if err := json.Unmarshal(text, &whole); err != nil {
		return err
	}
	c.Spec, c.Status = canonical(whole.Spec), canonical(whole.Status)
	conditions, _ := whole.Status["conditions"].([]any)
	for _, each := range conditions {
		if condition, ok := each.(map[string]any); ok {
			delete(condition, "lastTransitionTime")
		}
	}
	c.StatusTimeless = canonical(whole.Status)
	return nil
}

// canonical has its keys in order.
func canonical(value map[string]any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return err.Error()
	}
	return string(text)
}
