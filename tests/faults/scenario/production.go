package scenario

import (
	"context"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/intstr"

	"llc.test/e2e/harness"
)

// The names in every namespace.
const (
	RolloutName = "shop" // Rollout, active Service, container, app label
	CanaryName  = "jdk"
	previewName = "shop-preview"
)

// productionReplicas of the Rollout: one would hide what takes all of them.
const productionReplicas = 2

// Hash is what Argo Rollouts calls a revision of the Rollout's template. They
// are constants: nobody computes one.
func Hash(revision int) string {
	return [...]string{"", "6d4b75cb6d", "7c5d9f86b8", "58c7b9d7f4"}[revision]
}

// appLabels are the Rollout's selector.
func appLabels() map[string]string { return map[string]string{"app": RolloutName} }

func hashLabels(revision int) map[string]string {
	return map[string]string{"app": RolloutName, harness.HashLabel: Hash(revision)}
}

func podTemplate(labels map[string]string, revision int) corev1.PodTemplateSpec {
	return corev1.PodTemplateSpec{
		ObjectMeta: metav1.ObjectMeta{Labels: labels},
		Spec: corev1.PodSpec{Containers: []corev1.Container{{
			Name:  RolloutName,
			Image: fmt.Sprintf("shop:%d", revision),
			Ports: []corev1.ContainerPort{{Name: "http", ContainerPort: 8080}},
		}}},
	}
}

// Produce makes production: what a team has before it tries a canary, as
// Argo Rollouts' controller would have led it.
func (s *Stage) Produce(ctx context.Context) error {
	for _, name := range []string{RolloutName, previewName} {
		_, err := s.Kube.CoreV1().Services(s.Namespace).Create(ctx, &corev1.Service{
			ObjectMeta: metav1.ObjectMeta{Name: name},
			Spec: corev1.ServiceSpec{
				ClusterIP: corev1.ClusterIPNone, // no address is allocated
				Selector:  hashLabels(1),
				Ports:     []corev1.ServicePort{{Name: "http", Port: 80, TargetPort: intstr.FromString("http")}},
			},
		}, metav1.CreateOptions{})
		if err != nil {
			return err
		}
	}
	return s.CreateRollout(ctx, 1)
}

// CreateRollout makes the Rollout and brings that revision up as the stable one.
func (s *Stage) CreateRollout(ctx context.Context, revision int) error {
	rollout, err := s.Dynamic.Resource(harness.Rollouts).Namespace(s.Namespace).Create(ctx,
		&unstructured.Unstructured{Object: map[string]any{
			"apiVersion": harness.Rollouts.GroupVersion().String(),
			"kind":       "Rollout",
			"metadata":   map[string]any{"name": RolloutName},
			"spec": map[string]any{
				"replicas": int64(productionReplicas),
				"selector": map[string]any{"matchLabels": map[string]any{"app": RolloutName}},
				"template": rolloutTemplate(revision),
				"strategy": map[string]any{"blueGreen": map[string]any{
					"activeService": RolloutName, "previewService": previewName,
				}},
			},
		}}, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	s.rolloutUID = rollout.GetUID()
	if err := s.bringUp(ctx, revision); err != nil {
		return err
	}
	return s.tellStable(ctx, revision)
}

func rolloutTemplate(revision int) map[string]any {
	return map[string]any{
		"metadata": map[string]any{"labels": map[string]any{"app": RolloutName}},
		"spec": map[string]any{"containers": []any{map[string]any{
			"name": RolloutName, "image": fmt.Sprintf("shop:%d", revision),
		}}},
	}
}

func replicaSetName(revision int) string { return RolloutName + "-" + Hash(revision) }

// bringUp creates a revision's ReplicaSet and waits until its pods are ready.
func (s *Stage) bringUp(ctx context.Context, revision int) error {
	replicas, controller := int32(productionReplicas), true
	_, err := s.Kube.AppsV1().ReplicaSets(s.Namespace).Create(ctx, &appsv1.ReplicaSet{
		ObjectMeta: metav1.ObjectMeta{
			Name:        replicaSetName(revision),
			Labels:      hashLabels(revision),
			Annotations: map[string]string{"rollout.argoproj.io/revision": fmt.Sprint(revision)},
			OwnerReferences: []metav1.OwnerReference{{
				APIVersion: harness.Rollouts.GroupVersion().String(), Kind: "Rollout",
				Name: RolloutName, UID: s.rolloutUID, Controller: &controller, BlockOwnerDeletion: &controller,
			}},
		},
		Spec: appsv1.ReplicaSetSpec{
			Replicas: &replicas,
			Selector: &metav1.LabelSelector{MatchLabels: hashLabels(revision)},
			Template: podTemplate(hashLabels(revision), revision),
		},
	}, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	return s.awaitReadyPods(ctx, revision)
}

func (s *Stage) awaitReadyPods(ctx context.Context, revision int) error {
	return s.await(ctx, replicaSets, replicaSetName(revision), func(set *unstructured.Unstructured) error {
		ready, _, _ := unstructured.NestedInt64(set.Object, "status", "readyReplicas")
		if ready != productionReplicas {
			return fmt.Errorf("%d pods are ready", ready)
		}
		return nil
	})
}

// preview is what Argo does with a new revision before it is promoted.
func (s *Stage) preview(ctx context.Context, revision int) error {
	_, err := s.merge(ctx, harness.Rollouts, RolloutName, map[string]any{
		"spec": map[string]any{"template": rolloutTemplate(revision)}})
	if err != nil {
		return err
	}
	if err := s.bringUp(ctx, revision); err != nil {
		return err
	}
	if err := s.pointService(ctx, previewName, revision); err != nil {
		return err
	}
	return s.tellRollout(ctx, map[string]any{
		"currentPodHash": Hash(revision),
		"blueGreen":      map[string]any{"previewSelector": Hash(revision)},
	})
}

// activate sends production's traffic to a revision that is up.
func (s *Stage) activate(ctx context.Context, revision int) error {
	if err := s.pointService(ctx, RolloutName, revision); err != nil {
		return err
	}
	return s.tellRollout(ctx, map[string]any{"blueGreen": map[string]any{"activeSelector": Hash(revision)}})
}

// promote makes a revision that is up the stable one. The old ReplicaSet
// stays: Argo scales it down 30 s later.
func (s *Stage) promote(ctx context.Context, revision int) error {
	if err := s.activate(ctx, revision); err != nil {
		return err
	}
	return s.tellStable(ctx, revision)
}

func (s *Stage) tellStable(ctx context.Context, revision int) error {
	return s.tellRollout(ctx, map[string]any{
		"phase":             "Healthy",
		"replicas":          int64(productionReplicas),
		"readyReplicas":     int64(productionReplicas),
		"availableReplicas": int64(productionReplicas),
		"updatedReplicas":   int64(productionReplicas),
		"HPAReplicas":       int64(productionReplicas),
		"currentPodHash":    Hash(revision),
		"stableRS":          Hash(revision),
		"blueGreen":         map[string]any{"activeSelector": Hash(revision), "previewSelector": Hash(revision)},
	})
}

func (s *Stage) tellRollout(ctx context.Context, status map[string]any) error {
	_, err := s.merge(ctx, harness.Rollouts, RolloutName, map[string]any{"status": status}, "status")
	return err
}

func (s *Stage) pointService(ctx context.Context, name string, revision int) error {
	_, err := s.merge(ctx, services, name, map[string]any{
		"spec": map[string]any{"selector": map[string]any{harness.HashLabel: Hash(revision)}}})
	return err
}

// scaleReplicaSet is Argo's doing as well.
func (s *Stage) scaleReplicaSet(ctx context.Context, revision int, replicas int64) error {
	_, err := s.merge(ctx, replicaSets, replicaSetName(revision), map[string]any{
		"spec": map[string]any{"replicas": replicas}})
	return err
}

var (
	replicaSets = schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "replicasets"}
	services    = schema.GroupVersionResource{Version: "v1", Resource: "services"}
	pods        = schema.GroupVersionResource{Version: "v1", Resource: "pods"}
)
