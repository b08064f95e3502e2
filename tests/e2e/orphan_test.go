package e2e

import (
	"fmt"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"llc.test/e2e/harness"
)

// The stable ReplicaSet may take an orphan for its own before it is stripped,
// and then has one too many.
const replicaSetController = "system:serviceaccount:kube-system:replicaset-controller"

// TestOrphans: without the policy that refuses it, a deletion that orphans the
// pods ends with production whole and running its own image only.
func TestOrphans(t *testing.T) {
	s := shared(t)
	// What is sent to a pod that is still ours may find it an orphan, and the
	// fence then refuses it.
	s.exempts(exemption{deleter: replicaSetController, refusals: true})
	restore, err := s.WithoutOrphanPolicy(s.ctx, s.ns)
	s.must(err)
	defer func() { s.must(restore()) }()
	s.applyRollout()
	orphan := metav1.DeletePropagationOrphan
	for round := range 4 {
		s.applyCanary("replicas: 1", "replicas: 3")
		s.awaitPods(canary, 3, checkRunning)
		s.await(soon, "traffic", func() error { return s.checkServed(true) })
		s.must(s.Dynamic.Resource(harness.Canaries).Namespace(s.ns).Delete(s.ctx, canary,
			metav1.DeleteOptions{PropagationPolicy: &orphan}))
		s.await(collected, "the canary to go", func() error {
			if _, err := s.GetCanary(s.ctx, s.ns, canary); err == nil {
				return fmt.Errorf("LongLivedCanary %s still exists", canary)
			}
			return nil
		})
		// A promotion right after is what made a ReplicaSet keep the experiment.
		if round%2 == 1 {
			s.promote(fmt.Sprintf("argoproj/rollouts-demo:%d", round))
		}
		s.await(soon, "production to be whole", func() error { return s.checkProduction(3) })
		s.await(soon, "the orphans to belong to nobody", s.checkOrphans)
		s.hold(2*time.Second, "production, and nobody's orphans", func() error {
			if err := s.checkProduction(3); err != nil {
				return err
			}
			return s.checkOrphans()
		})
		left, err := s.pods()
		s.must(err)
		t.Logf("round %d: of 3 orphans %d are left", round, len(left))
		for _, pod := range left {
			s.deletePod(&pod)
		}
		s.await(soon, "the orphans to be gone", func() error { return s.countPods(0) })
	}
}

// checkOrphans is nil when no canary pod has an owner or a label of the app.
func (s *scene) checkOrphans() error {
	pods, err := s.pods()
	if err != nil {
		return err
	}
	for _, pod := range pods {
		if len(pod.OwnerReferences) > 0 {
			return fmt.Errorf("pod %s belongs to %v", pod.Name, pod.OwnerReferences)
		}
	}
	return s.checkAside()
}

// TestForeignPod: a pod with our label that we have not made is left alone,
// whatever it claims.
func TestForeignPod(t *testing.T) {
	s := shared(t)
	s.applyRollout()
	s.applyCanary()
	foreign := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "foreign", Labels: map[string]string{
			harness.NameLabel: canary, harness.RoleLabel: "canary", "tier": "web"}},
		Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "a", Image: "a"}}},
	}
	_, err := s.Kube.CoreV1().Pods(s.ns).Create(s.ctx, foreign, metav1.CreateOptions{})
	s.must(err)
	s.hold(3*time.Second, "the foreign pod", func() error {
		pod, err := s.Kube.CoreV1().Pods(s.ns).Get(s.ctx, foreign.Name, metav1.GetOptions{})
		if err == nil && (pod.Labels["tier"] != "web" || pod.DeletionTimestamp != nil) {
			err = fmt.Errorf("it was touched: labels %v", pod.Labels)
		}
		return err
	})
	if llc := s.awaitReady(canary); llc.Status.Replicas != 1 {
		t.Errorf("status.replicas is %d, want 1", llc.Status.Replicas)
	}
}
