package e2e

import (
	"os"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"llc.test/e2e/harness"
)

// quietPause is between two rounds of events that change nothing.
const quietPause = 5 * time.Second

// TestQuiet: what has converged is left alone, be it ready, empty, waiting or
// impossible, also while things happen around it that change nothing.
// LLC_E2E_QUIET is the window, 5m unless set.
func TestQuiet(t *testing.T) {
	window := 5 * time.Minute
	if given := os.Getenv("LLC_E2E_QUIET"); given != "" {
		var err error
		if window, err = time.ParseDuration(given); err != nil {
			t.Fatal(err)
		}
	}
	s := shared(t)
	s.applyRollout("activeService:", "scaleDownDelaySeconds: 5\n      activeService:")
	s.applyCanary("replicas: 1", "replicas: 2")
	s.applyCanary("name: "+canary, "name: empty", "replicas: 1", "replicas: 0")
	s.apply(s.example("canary.yaml", "name: "+canary, "name: waiting", "name: "+demo, "name: no-such-rollout"))
	s.apply(s.example("canary.yaml", "name: "+canary, "name: impossible",
		"image: argoproj/rollouts-demo:jdk21", "containers: [{name: no-such-container, image: a}]"))
	s.awaitReady("empty")
	s.awaitCanary(soon, "waiting", func(llc *harness.Canary) error {
		return llc.CheckCondition("RolloutFound", metav1.ConditionFalse, "")
	})
	s.awaitCanary(soon, "impossible", func(llc *harness.Canary) error {
		return llc.CheckCondition("Stalled", metav1.ConditionTrue, "InvalidOverride")
	})
	s.promote("argoproj/rollouts-demo:yellow")
	s.awaitReady(canary)

	// The old ReplicaSet goes 5 s after the promotion, and the last statuses may
	// still be on their way. Those are changes, not quiet.
	s.hold(10*time.Second, "the canary while Argo finishes", func() error { return s.countPods(2) })
	quiet, err := harness.OpenAudit(s.AuditLog)
	s.must(err)
	began := time.Now()
	pod := s.mustPods(2)[0].Name
	s.hold(window, "the canary", func() error {
		time.Sleep(quietPause)
		for _, object := range []string{"rollout/" + demo, "pod/" + pod, "llc/" + canary, "llc/waiting", "llc/impossible"} {
			s.kubectl("annotate", object, "--overwrite", "example.com/noted="+time.Now().Format(time.RFC3339Nano))
		}
		return s.countPods(2)
	})
	events, err := quiet.Select(harness.ByController(s.ns))
	s.must(err)
	writes := 0
	for _, e := range events {
		if e.IsWrite() {
			writes++
			t.Errorf("a write in the quiet time: %s", e)
		}
	}
	t.Logf("%d writes, %d reads of %s by the controller in %s", writes, len(events)-writes, s.ns, time.Since(began).Round(time.Second))
}
