package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"llc.test/e2e/harness"
	"llc.test/faults/proxy"
)

// TestLateCreate: a controller dies with a create on its way, its successor
// does the work, and only then does the old create reach the API server. The
// name it asks for is the one the successor used: nothing comes of it.
func TestLateCreate(t *testing.T) {
	s, p := ownThroughProxy(t)
	s.applyRollout()
	s.applyCanary("replicas: 1", "replicas: 0")

	held := proxy.Fault{Scope: proxy.Create, Resource: "pods", First: 1, Last: 1, Act: "hold"}
	s.must(p.Arm([]proxy.Fault{held}, proxy.Hooks{}))
	s.patchCanary(canary, `{"spec":{"replicas":3}}`)
	s.await(soon, "a create to come by", func() error {
		if len(p.Fired()) == 0 {
			return fmt.Errorf("none yet")
		}
		return nil
	})
	s.ctl.Kill()
	s.start(harness.Endpoint{})
	s.awaitReady(canary)
	before := s.mustPods(3)

	p.Thaw()
	var late proxy.Exchange
	s.await(soon, "the answer to the late create", func() error {
		if late, _ = acted(p); late.Code == 0 {
			return fmt.Errorf("none yet")
		}
		return nil
	})
	if late.Code != http.StatusConflict {
		t.Errorf("the late create was answered with %d, want %d (AlreadyExists)", late.Code, http.StatusConflict)
	}
	s.hold(time.Second, "three pods", func() error { return s.countPods(3) })
	after := s.mustPods(3)
	s.must(checkSlots(after))
	if strings.Join(podUIDs(before), " ") != strings.Join(podUIDs(after), " ") {
		t.Errorf("pods changed: %s, now %s", podNames(before), podNames(after))
	}
}
