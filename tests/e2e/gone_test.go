package e2e

import (
	"fmt"
	"slices"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"llc.test/e2e/harness"
)

// leaveLimit is how long canaries may be in traffic once their Rollout is gone,
// the endpoint controller's share included: 0.1 to 0.2 s on two idle cores, 1 s
// on two busy ones. What it took is printed.
const leaveLimit = 3 * time.Second

func TestRolloutGoneBackground(t *testing.T) { testRolloutGone(t, metav1.DeletePropagationBackground) }
func TestRolloutGoneForeground(t *testing.T) { testRolloutGone(t, metav1.DeletePropagationForeground) }

// testRolloutGone: without its Rollout a canary leaves traffic at once and
// keeps its pods; with a new one it comes back.
func testRolloutGone(t *testing.T, policy metav1.DeletionPropagation) {
	s := own(t) // leaveLimit is a promise: not on a crowded machine
	blue := s.applyRollout()
	s.applyCanary("replicas: 1", "replicas: 2")
	s.await(soon, "traffic", func() error { return s.checkServed(true) })
	before := s.mustPods(2)

	began := time.Now()
	s.must(s.Dynamic.Resource(harness.Rollouts).Namespace(s.ns).Delete(s.ctx, demo,
		metav1.DeleteOptions{PropagationPolicy: &policy}))
	s.await(leaveLimit, "the canaries to leave traffic", s.checkOut)
	t.Logf("out of traffic %s after the deletion was sent", time.Since(began).Round(time.Millisecond))
	s.awaitCanary(collected, canary, func(llc *harness.Canary) error {
		if llc.Status.Phase != "Held" || llc.Status.PodTemplateHash != "" {
			return fmt.Errorf("phase %s, hash %q", llc.Status.Phase, llc.Status.PodTemplateHash)
		}
		return llc.CheckCondition("RolloutFound", metav1.ConditionFalse, "RolloutNotFound")
	})
	s.hold(2*time.Second, "out of traffic", s.checkOut)
	s.must(s.countPods(2))

	s.apply(s.example("rollout.yaml", "rollouts-demo:blue", "rollouts-demo:green"))
	green := s.awaitStable("")
	if green == blue {
		t.Fatalf("the new Rollout has the hash of the old one, %s", blue)
	}
	s.await(soon, "the new hash everywhere", func() error { return s.checkHash(green) })
	s.await(soon, "traffic again", func() error { return s.checkServed(true) })
	llc := s.awaitReady(canary)
	s.must(llc.CheckCondition("RolloutFound", metav1.ConditionTrue, ""))
	if after := s.mustPods(2); !slices.Equal(podUIDs(before), podUIDs(after)) {
		t.Errorf("the pods were replaced: %s, now %s", podNames(before), podNames(after))
	}
}

// checkOut is nil when no canary pod serves or carries a label of the app.
func (s *scene) checkOut() error {
	if err := s.checkServed(false); err != nil {
		return err
	}
	pods, err := s.pods()
	if err != nil {
		return err
	}
	for _, pod := range pods {
		if pod.Labels["app"] != "" || pod.Labels[harness.HashLabel] != "" {
			return fmt.Errorf("pod %s still has the labels %v", pod.Name, pod.Labels)
		}
	}
	return nil
}
