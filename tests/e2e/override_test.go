package e2e

import (
	"slices"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"llc.test/e2e/harness"
)

// TestInvalidOverride: what can't be built is told with its path, and costs
// no running pod.
func TestInvalidOverride(t *testing.T) {
	s := shared(t)
	s.applyRollout()
	s.applyCanary("replicas: 1", "replicas: 2")
	before := s.mustPods(2)

	s.patchCanary(canary, `{"spec":{"image":null,"containers":[{"name":"sidecar","image":"example.com/a:1"}]}}`)
	llc := s.awaitCanary(soon, canary, func(llc *harness.Canary) error {
		if err := llc.CheckObserved(); err != nil {
			return err
		}
		return llc.CheckCondition("Stalled", metav1.ConditionTrue, "InvalidOverride")
	})
	message := meta.FindStatusCondition(llc.Status.Conditions, "Stalled").Message
	for _, part := range []string{"spec.containers[0].name", `"sidecar"`, demo} {
		if !strings.Contains(message, part) {
			t.Errorf("the message %q does not name %s", message, part)
		}
	}
	s.must(llc.CheckCondition("Ready", metav1.ConditionFalse, "InvalidOverride"))
	s.hold(2*time.Second, "the running pods", func() error { return s.countPods(2) })
	if now := s.mustPods(2); !slices.Equal(podUIDs(before), podUIDs(now)) {
		t.Errorf("running pods were replaced: %s, now %s", podNames(before), podNames(now))
	}
	s.must(s.checkServed(true))

	const mended = "example.com/mended:1"
	s.patchCanary(canary, `{"spec":{"containers":[{"name":"`+demo+`","image":"`+mended+`"}]}}`)
	llc = s.awaitReady(canary)
	s.must(llc.CheckCondition("Stalled", metav1.ConditionFalse, ""))
	s.await(soon, "the old pods to be gone", func() error { return s.countPods(2) })
	for _, pod := range s.mustPods(2) {
		if got := pod.Spec.Containers[0].Image; got != mended {
			t.Errorf("pod %s runs %s, want %s", pod.Name, got, mended)
		}
	}
}
