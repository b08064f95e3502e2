package e2e

import (
	"regexp"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"llc.test/e2e/harness"
)

// TestWaitingForRollout: the canary may come first.
func TestWaitingForRollout(t *testing.T) {
	s := shared(t)
	s.apply(s.example("canary.yaml"))
	s.awaitCanary(soon, canary, waitsFor("RolloutNotFound"))
	s.must(s.countPods(0))
	s.applyRollout()
	s.awaitReady(canary)
	s.mustPods(1)
	s.await(soon, "traffic", func() error { return s.checkServed(true) })
}

// TestRolloutsNotInstalled: Argo's CRD may come later still. It has a cluster
// of its own: taking the CRD away takes every Rollout with it.
func TestRolloutsNotInstalled(t *testing.T) {
	needsControlPlane(t)
	cluster, err := harness.UpOwnCluster("e2e-nocrd", suite.root)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cluster.Down(); err != nil {
			t.Error(err)
		}
	})
	s := newSceneIn(t, cluster)
	const rolloutsCRD = "rollouts.argoproj.io"
	manifest := s.kubectl("get", "crd", rolloutsCRD, "-o", "yaml", "--show-managed-fields=false")
	s.must(s.Control("stop", "rollouts-controller"))
	s.kubectl("delete", "crd", rolloutsCRD, "--timeout=20s")
	s.must(cluster.Install(s.ctx))
	s.start(harness.Endpoint{})
	s.apply(s.example("canary.yaml"))
	s.awaitCanary(soon, canary, waitsFor("RolloutsNotInstalled"))
	s.hold(time.Second, "no pods", func() error { return s.countPods(0) })

	_, err = s.Kubectl(s.ctx, stored.ReplaceAllString(manifest, ""), "create", "-f", "-")
	s.must(err)
	s.must(s.AwaitCRD(s.ctx, rolloutsCRD))
	s.must(s.Control("start", "rollouts-controller"))
	s.applyRollout()
	s.awaitReady(canary)
	s.mustPods(1)
	s.must(s.ctl.Stop())
}

// stored are lines of an object that a new one can't have.
var stored = regexp.MustCompile(`(?m)^  (resourceVersion|uid|creationTimestamp|generation): .*\n`)

func waitsFor(reason string) func(*harness.Canary) error {
	return func(llc *harness.Canary) error {
		if err := llc.CheckObserved(); err != nil {
			return err
		}
		if err := llc.CheckCondition("Ready", metav1.ConditionFalse, reason); err != nil {
			return err
		}
		return llc.CheckCondition("RolloutFound", metav1.ConditionFalse, reason)
	}
}
