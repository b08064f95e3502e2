package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"llc.test/e2e/harness"
)

// TestContract: what tests/contract holds llc-sim to is what the API server
// still answers. On a cluster of its own, where nobody acts but the control
// plane's controllers.
func TestContract(t *testing.T) {
	needsControlPlane(t)
	cluster, err := harness.UpOwnCluster("e2e-contract", suite.root)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := cluster.Down(); err != nil {
			t.Error(err)
		}
	}()
	for _, component := range []string{"rollouts-controller", "kwok", "kube-scheduler"} {
		if err := cluster.Control("stop", component); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(filepath.Join(suite.root, "tests", "contract", "run"), "--jobs", "8",
		"--server", cluster.Kubeconfig())
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		t.Errorf("tests/contract/run: %v", err)
	}
}
