package e2e

import (
	"fmt"
	"testing"
	"time"

	"llc.test/e2e/harness"
)

// TestRestart kills the controller at many moments of a scale-up. Whatever it
// had written by then, there is never a second pod of a slot, nor a sixth.
func TestRestart(t *testing.T) {
	s := own(t)
	s.applyRollout()
	s.applyCanary("replicas: 1", "replicas: 0")
	unit := time.Millisecond
	if suite.sanitized {
		unit *= 3 // it works that much slower
	}
	for round, pause := range []time.Duration{5 * unit, 10 * unit, 15 * unit, 25 * unit} {
		recorded := s.record()
		s.patchCanary(canary, `{"spec":{"replicas":5}}`)
		for kills := 0; kills < 3; kills++ {
			time.Sleep(pause) // a moment of its work, not a wait for something
			s.ctl.Kill()
			pods, err := s.pods()
			s.must(err)
			t.Logf("round %d: killed with %d pods", round, len(pods))
			s.must(s.ctl.SanitizerReport())
			s.start(harness.Endpoint{})
		}
		s.awaitReady(canary)
		s.hold(time.Second, "five pods", func() error { return s.countPods(5) })
		s.must(checkSlots(s.mustPods(5)))
		changes, err := recorded.end()
		s.must(err)
		if most := mostLive(changes); most != 5 {
			t.Errorf("round %d: up to %d live canary pods, want 5", round, most)
		}
		s.patchCanary(canary, `{"spec":{"replicas":0}}`)
		s.awaitReady(canary)
		s.await(soon, "the pods to go", func() error { return s.countPods(0) })
	}
}

// TestTerminateAtWork: SIGTERM in the middle of writes ends with exit code 0
// within StopLimit, and the next controller goes on.
func TestTerminateAtWork(t *testing.T) {
	s := own(t)
	s.applyRollout()
	s.applyCanary("replicas: 1", "replicas: 0")
	s.patchCanary(canary, `{"spec":{"replicas":40}}`)
	s.await(soon, "the first pods", func() error {
		pods, err := s.pods()
		if err == nil && len(pods) == 0 {
			err = fmt.Errorf("none yet")
		}
		return err
	})
	began := time.Now()
	s.must(s.ctl.Stop())
	t.Logf("SIGTERM at work: exit code 0 in %s", time.Since(began).Round(time.Millisecond))
	s.start(harness.Endpoint{})
	s.awaitReady(canary)
	s.must(checkSlots(s.mustPods(40)))
}
