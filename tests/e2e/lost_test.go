package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"llc.test/e2e/harness"
)

// TestLostAnswer: the server commits a write and the connection is reset
// before the answer arrives. The write is not sent again behind our back; the
// controller finds out by a GET.
func TestLostAnswer(t *testing.T) {
	proxy, err := harness.StartProxy(suite.cluster.Admin)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(proxy.Close)
	s := ownThrough(t, proxy.Endpoint)
	s.applyRollout()
	s.applyCanary() // the connections are warm now
	pod := s.mustPods(1)[0]

	s.loseAnswer(proxy, http.MethodPatch, func() {
		s.kubectl("label", "pod", pod.Name, "--overwrite", harness.HashLabel+"=drifted")
		s.await(soon, "the drift to be repaired", func() error { return s.checkRepaired() })
	})
	s.loseAnswer(proxy, http.MethodPost, func() {
		s.kubectl("scale", "llc/"+canary, "--replicas=4")
		s.awaitReady(canary)
		s.must(checkSlots(s.mustPods(4)))
		s.hold(time.Second, "four pods", func() error { return s.countPods(4) })
	})
	s.loseAnswer(proxy, http.MethodDelete, func() {
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

// loseAnswer loses the answer to the next write of that method to a pod while
// provoke brings it about, and reads in the audit log what really happened.
func (s *scene) loseAnswer(proxy *harness.Proxy, method string, provoke func()) {
	s.Helper()
	audit, err := harness.OpenAudit(s.AuditLog)
	s.must(err)
	seen := len(proxy.Losses())
	pods := "/api/v1/namespaces/" + s.ns + "/pods"
	proxy.Arm(func(r *http.Request) bool {
		return r.Method == method && strings.HasPrefix(r.URL.Path, pods)
	})
	provoke()
	losses := proxy.Losses()[seen:]
	if len(losses) != 1 || losses[0].Code >= 300 {
		s.Fatalf("answers lost to %s: %v; want one to a write that succeeded", method, losses)
	}
	verb := map[string]string{http.MethodPost: "create", http.MethodPatch: "patch", http.MethodDelete: "delete"}[method]
	var events []harness.AuditEvent
	s.await(soon, "the GET that finds out", func() error {
		events, err = audit.Select(harness.ByController(s.ns))
		if err == nil {
			err = checkResolved(events, verb)
		}
		return err
	})
	s.Logf("the answer to %s %s was lost; once in the audit log, resolved by GET", method, losses[0].Path)
	for name, n := range writesByPod(events, verb) {
		if n != 1 {
			s.Errorf("pod %s: %d requests to %s it, want 1", name, n, verb)
		}
	}
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
