package e2e

import (
	"testing"
	"time"

	"llc.test/e2e/harness"
)

// idleLimit is what the controller may hold of memory of its own, in KiB.
const idleLimit = 4 << 10

// TestIdle: one canary, converged.
func TestIdle(t *testing.T) {
	s := own(t)
	s.applyRollout()
	s.applyCanary()
	s.hold(2*time.Second, "one pod", func() error { return s.countPods(1) })
	memory, err := harness.ReadMemory(s.ctl.Pid())
	s.must(err)
	t.Logf("idle with one canary: %s", memory)
	if memory.Anon > idleLimit && !suite.sanitized {
		t.Errorf("RssAnon is %d KiB, want %d at most", memory.Anon, idleLimit)
	}
}
