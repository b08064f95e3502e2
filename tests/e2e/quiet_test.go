package e2e

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"llc.test/e2e/harness"
)

// quietPause is between two rounds of events that change nothing.
const quietPause = 5 * time.Second

// TestQuiet: what has converged is left alone, be it in traffic or out of it,
// empty, paused, failed, waiting or impossible, also while things happen around
// it that change nothing. Reads are free: the caches are compared with the
// server all the while. LLC_E2E_QUIET is the window, 5m unless set.
func TestQuiet(t *testing.T) {
	window := 5 * time.Minute
	if given := os.Getenv("LLC_E2E_QUIET"); given != "" {
		var err error
		if window, err = time.ParseDuration(given); err != nil {
			t.Fatal(err)
		}
	}
	s := sharedAtOnce(t)
	s.applyRollout("activeService:", "scaleDownDelaySeconds: 5\n      activeService:")
	s.createBudget()
	s.applyQuiet()
	s.promote("argoproj/rollouts-demo:yellow")
	s.awaitQuiet()
	s.awaitNoChange()

	// The last Events and the last word to a budget may still be on their way.
	pods, err := s.pods()
	s.must(err)
	s.hold(5*time.Second, "the canaries", func() error { return s.countPods(len(pods)) })
	quiet, err := harness.OpenAudit(s.AuditLog)
	s.must(err)
	began := time.Now()
	noisy := []string{"rollout/" + demo, "service/" + demo, "pdb/" + demo, "pod/" + pods[0].Name}
	for name := range quietCanaries {
		noisy = append(noisy, "llc/"+name+"-0")
	}
	s.hold(window, "the canaries", func() error {
		time.Sleep(quietPause)
		for _, object := range noisy {
			s.kubectl("annotate", object, "--overwrite", "example.com/noted="+time.Now().Format(time.RFC3339Nano))
		}
		return s.countPods(len(pods))
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

// quietCanaries are kinds of canaries that have come to rest: how many of
// each, what makes them so, and how they tell.
var quietCanaries = map[string]struct {
	number int
	oldNew []string
	rest   func(*harness.Canary) error
}{
	"follow":      {6, []string{"replicas: 1", "replicas: 2"}, (*harness.Canary).CheckReady},
	"none":        {3, []string{"replicas: 1", "replicas: 1\n  traffic: {mode: None}"}, (*harness.Canary).CheckReady},
	"paused":      {3, nil, is("Ready", metav1.ConditionTrue, "Paused")},
	"quarantined": {3, nil, isQuarantined("CrashLooping")},
	"empty":       {1, []string{"replicas: 1", "replicas: 0"}, (*harness.Canary).CheckReady},
	"waiting":     {3, []string{"name: " + demo, "name: no-such-rollout"}, is("RolloutFound", metav1.ConditionFalse, "")},
	"impossible": {1, []string{"image: argoproj/rollouts-demo:jdk21", "containers: [{name: no-such-container, image: a}]"},
		is("Stalled", metav1.ConditionTrue, "InvalidOverride")},
}

// is wants a condition of the newest spec.
func is(kind string, status metav1.ConditionStatus, reason string) func(*harness.Canary) error {
	return func(llc *harness.Canary) error {
		if err := llc.CheckObserved(); err != nil {
			return err
		}
		return llc.CheckCondition(kind, status, reason)
	}
}

// applyQuiet makes all of them and leads each to where it rests.
func (s *scene) applyQuiet() {
	s.Helper()
	var manifests []string
	for name, kind := range quietCanaries {
		for i := range kind.number {
			manifests = append(manifests, s.example("canary.yaml",
				append(kind.oldNew, "name: "+canary, fmt.Sprintf("name: %s-%d", name, i))...))
		}
	}
	s.apply(strings.Join(manifests, "\n---\n"))
	for i := range quietCanaries["paused"].number {
		name := fmt.Sprintf("paused-%d", i)
		s.awaitReady(name)
		s.patchCanary(name, `{"spec":{"paused":true,"replicas":2,"image":"argoproj/rollouts-demo:jdk22"}}`)
	}
	for i := range quietCanaries["quarantined"].number {
		name := fmt.Sprintf("quarantined-%d", i)
		s.awaitReady(name)
		pods, err := s.pods(name)
		s.must(err)
		s.crash(9, pods...)
	}
	s.awaitQuiet()
}

// awaitQuiet waits until each has come to rest.
func (s *scene) awaitQuiet() {
	s.Helper()
	for name, kind := range quietCanaries {
		for i := range kind.number {
			s.awaitCanary(soon, fmt.Sprintf("%s-%d", name, i), kind.rest)
		}
	}
}
