package e2e

import (
	"fmt"
	"testing"
	"time"

	"llc.test/e2e/harness"
	"llc.test/faults/proxy"
)

// TestLostAnswer: the server commits a write and the connection is reset
// before the answer arrives. The write is not sent again behind our back; the
// controller finds out by a GET.
func TestLostAnswer(t *testing.T) {
	s, p := ownThroughProxy(t)
	s.applyRollout()
	s.applyCanary() // the connections are warm now
	pod := s.mustPods(1)[0]

	s.loseAnswer(p, proxy.Patch, func() {
		s.kubectl("label", "pod", pod.Name, "--overwrite", harness.HashLabel+"=drifted")
		s.await(soon, "the drift to be repaired", func() error { return s.checkRepaired() })
	})
	s.loseAnswer(p, proxy.Create, func() {
		s.kubectl("scale", "llc/"+canary, "--replicas=4")
		s.awaitReady(canary)
		s.must(checkSlots(s.mustPods(4)))
		s.hold(time.Second, "four pods", func() error { return s.countPods(4) })
	})
	s.loseAnswer(p, proxy.Delete, func() {
		s.kubectl("scale", "llc/"+canary, "--replicas=0")
		s.awaitReady(canary)
		s.await(soon, "the pods to go", func() error { return s.countPods(0) })
	})
}

func (s *scene) checkRepaired() error {
	rollout, err := s.GetRollout(s.ctx, s.ns, demo)
	if err != nil {
		return err
	}
	return s.checkHash(rollout.Status.StableRS)
}

// loseAnswer loses the answer to the next write of that verb to a pod while
// provoke brings it about, and reads in the audit log what really happened.
func (s *scene) loseAnswer(p *proxy.Proxy, verb proxy.Scope, provoke func()) {
	s.Helper()
	audit, err := harness.OpenAudit(s.AuditLog)
	s.must(err)
	lost := proxy.Fault{Scope: verb, Resource: "pods", First: 1, Last: 1, Act: "lose", Warm: true}
	s.must(p.Arm([]proxy.Fault{lost}, proxy.Hooks{}))
	provoke()
	var x proxy.Exchange // what it brought about is seen before the proxy has told of it
	s.await(soon, "an answer to be lost", func() error {
		if x, _ = acted(p); x.Code == 0 {
			return fmt.Errorf("none yet")
		}
		return nil
	})
	if x.Code >= 300 {
		s.Fatalf("the answer that was lost is not one to a write that succeeded: %+v", x)
	}
	var events []harness.AuditEvent
	s.await(soon, "the GET that finds out", func() error {
		events, err = audit.Select(harness.ByController(s.ns))
		if err == nil {
			err = checkResolved(events, string(verb))
		}
		return err
	})
	s.Logf("the answer to %s %s was lost; once in the audit log, resolved by GET", x.Method, x.Path)
	for name, n := range writesByPod(events, string(verb)) {
		if n != 1 {
			s.Errorf("pod %s: %d requests to %s it, want 1", name, n, verb)
		}
	}
}

// acted is the request on which a fault acted.
func acted(p *proxy.Proxy) (x proxy.Exchange, found bool) {
	for _, x := range p.Exchanges() {
		if x.Verdict != "" {
			return x, true
		}
	}
	return x, false
}

// checkResolved is nil when a write of verb is followed by a GET of its pod.
// Nothing else makes the controller GET a pod.
func checkResolved(events []harness.AuditEvent, verb string) error {
	written := map[string]bool{}
	for _, e := range events {
		if e.Resource() != "pods" {
			continue
		}
		switch {
		case e.Verb == verb:
			written[e.ObjectRef.Name] = true
		case e.Verb == "get" && written[e.ObjectRef.Name]:
			return nil
		case e.Verb == "get":
			return fmt.Errorf("a GET of pod %s that was not written", e.ObjectRef.Name)
		}
	}
	return fmt.Errorf("no GET of a pod after %s", verb)
}

func writesByPod(events []harness.AuditEvent, verb string) map[string]int {
	count := map[string]int{}
	for _, e := range events {
		if e.Resource() == "pods" && e.Verb == verb {
			count[e.ObjectRef.Name]++
		}
	}
	return count
}
