package e2e

import (
	"fmt"
	"testing"

	"llc.test/e2e/harness"
)

// TestImageChange replaces three pods one at a time.
func TestImageChange(t *testing.T) {
	s := shared(t)
	s.applyRollout()
	s.applyCanary("replicas: 1", "replicas: 3")
	s.mustPods(3)
	recorded := s.record()
	const image = "argoproj/rollouts-demo:jdk22"
	s.patchCanary(canary, `{"spec":{"image":"`+image+`"}}`)
	s.awaitCanary(soon, canary, func(llc *harness.Canary) error {
		if llc.Status.UpdatedReplicas != 3 || llc.Status.Image != image {
			return fmt.Errorf("%d updated, image %s", llc.Status.UpdatedReplicas, llc.Status.Image)
		}
		return llc.CheckReady()
	})
	s.await(soon, "the old pods to be gone", func() error { return s.countPods(3) })
	pods := s.mustPods(3)
	s.must(checkSlots(pods))
	for _, pod := range pods {
		if got := pod.Spec.Containers[0].Image; got != image {
			t.Errorf("pod %s runs %s, want %s", pod.Name, got, image)
		}
	}
	s.await(soon, "traffic", func() error { return s.checkServed(true) })
	changes, err := recorded.end()
	s.must(err)
	if least := leastReady(changes, 3); least < 2 {
		t.Errorf("only %d canary pods were ready at one time, want 2 at least", least)
	}
}
