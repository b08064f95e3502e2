package e2e

import (
	"fmt"
	"testing"
	"time"
)

// TestNamespaces: a controller with --namespace leaves others alone.
func TestNamespaces(t *testing.T) {
	s := own(t)
	other := newScene(t)
	for _, scene := range []*scene{s, other} {
		scene.applyRollout()
		scene.apply(scene.example("canary.yaml"))
	}
	s.awaitReady(canary)
	other.hold(time.Second, "a canary of another namespace", func() error {
		llc, err := other.GetCanary(other.ctx, other.ns, canary)
		if err == nil && llc.Status.ObservedGeneration != -1 {
			err = fmt.Errorf("observedGeneration is %d, want -1", llc.Status.ObservedGeneration)
		}
		if err == nil {
			err = other.countPods(0)
		}
		return err
	})
}
