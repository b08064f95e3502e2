// Package e2e judges the controller from outside: a real API server, Argo
// Rollouts, the shipped manifests, the shipped RBAC, and clients that share
// no code with it.
//
// Tests that bear no company call alone() and run first, one after the other.
// Those that need a controller of their own call own() and run in parallel
// after them. The rest call shared(), run in parallel last, and have one
// controller for the whole cluster between them.
package e2e

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"

	"llc.test/e2e/harness"
)

// suite is what all tests stand on.
var suite struct {
	root       string
	cluster    *harness.Cluster
	audit      *harness.Audit // from before the first controller
	sanitized  bool
	controller struct {
		once    sync.Once
		running *harness.Controller
		err     error
	}
	parallel sync.WaitGroup // tests that are parallel and have not ended
	own      sync.WaitGroup // those of them with a controller of their own
	busy     chan struct{}  // as many of them as may work at the same time
	mine     sync.Map       // namespace/name of canary pods that a test deletes or evicts
	exempt   sync.Map       // namespaces, to what TestAudit is to let pass there
}

// exemption is what a test brings about on purpose.
type exemption struct {
	refusals bool   // of requests by our ServiceAccount
	deleter  string // also deletes canary pods
}

func TestMain(m *testing.M) {
	flag.Parse()
	// Who works is limited by busy; who waits should not count.
	flag.Set("test.parallel", "100")
	suite.busy = make(chan struct{}, busyLimit())
	code, err := runSuite(m)
	if err != nil {
		fmt.Fprintf(os.Stderr, "e2e: %v\n", err)
		code = 1
	}
	os.Exit(code)
}

func runSuite(m *testing.M) (code int, err error) {
	ctx := context.Background()
	if suite.root, err = filepath.Abs(filepath.Join("..", "..")); err != nil {
		return 1, err
	}
	binary := harness.ControllerBinary(suite.root)
	if _, err := os.Stat(binary); err != nil {
		return 1, fmt.Errorf("%w: run `./dev build`, or set LLC_CONTROLLER", err)
	}
	if suite.sanitized = harness.IsSanitized(binary); suite.sanitized {
		fmt.Println("the controller is built with a sanitizer: memory is not judged")
	}
	if suite.cluster, err = harness.UpCluster("e2e", suite.root); err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, suite.cluster.Down()) }()
	if suite.audit, err = harness.OpenAudit(suite.cluster.AuditLog); err != nil {
		return 1, err
	}
	if err := suite.cluster.Install(ctx); err != nil {
		return 1, err
	}
	go downWhenInterrupted()
	code = m.Run()
	return code, stopShared()
}

// busyLimit: on a crowded machine nothing happens in time. A control plane
// works for each test, llc-sim hardly does.
func busyLimit() int {
	if harness.WantsSimulator() {
		return 8 * runtime.NumCPU()
	}
	return 2 + 2*runtime.NumCPU()
}

// downWhenInterrupted leaves nothing behind on Ctrl-C; controllers go with us.
func downWhenInterrupted() {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	<-signals
	suite.cluster.Down()
	os.Exit(130)
}

// stopShared ends the shared controller as its Deployment would.
func stopShared() error {
	if suite.controller.running == nil {
		return nil
	}
	began := time.Now()
	err := suite.controller.running.Stop()
	if err == nil {
		fmt.Printf("the shared controller stopped with exit code 0 in %s\n", time.Since(began).Round(time.Millisecond))
	}
	return err
}

// needsControlPlane is for tests of what llc-sim has not: components to stop,
// admission policies, quotas.
func needsControlPlane(t *testing.T) {
	t.Helper()
	if suite.cluster.Simulated() {
		t.Skip("needs the real control plane")
	}
}
