package e2e

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"llc.test/e2e/harness"
)

// TestLateCreate: a controller dies with a create on its way, its successor
// does the work, and only then does the old create reach the API server. The
// name it asks for is the one the successor used: nothing comes of it.
func TestLateCreate(t *testing.T) {
	proxy, err := harness.StartProxy(suite.cluster.Admin)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(proxy.Close)
	s := ownThrough(t, proxy.Endpoint)
	s.applyRollout()
	s.applyCanary("replicas: 1", "replicas: 0")

	late := proxy.ArmLate(func(r *http.Request) bool {
		return r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/namespaces/"+s.ns+"/pods")
	})
	s.patchCanary(canary, `{"spec":{"replicas":3}}`)
	select {
	case <-late.Arrived:
	case <-time.After(soon):
		t.Fatal("no create came by")
	}
	s.ctl.Kill()
	s.start(harness.Endpoint{})
	s.awaitReady(canary)
	before := s.mustPods(3)

	close(late.Release)
	select {
	case code := <-late.Answered:
		if code != http.StatusConflict {
			t.Errorf("the late create was answered with %d, want %d (AlreadyExists)", code, http.StatusConflict)
		}
	case <-time.After(soon):
		t.Fatal("no answer to the late create")
	}
	s.hold(time.Second, "three pods", func() error { return s.countPods(3) })
	after := s.mustPods(3)
	s.must(checkSlots(after))
	if strings.Join(podUIDs(before), " ") != strings.Join(podUIDs(after), " ") {
		t.Errorf("pods changed: %s, now %s", podNames(before), podNames(after))
	}
}
