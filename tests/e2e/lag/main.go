// Command lag measures how long a canary's hash label lags behind a change of
// its Rollout's status.stableRS, for our controller and, interleaved with it
// on the same API server, for the least that could do the job: a bare client
// with one watch and one patch connection.
//
// It also measures one promotion of many canary pods, until the last of them
// has the label, beside a bare client that sends the same patches.
//
// One measurement of the lag runs from just before the change is sent to the moment the
// label is seen by an independent watch. The Argo controller is stopped: it
// would revert a patched stableRS within half a second.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"llc.test/e2e/harness"
)

// What is promised: the controller's lag as a multiple of the bare client's.
const (
	limitP50 = 1.3
	limitP95 = 1.5
)

const (
	nsOurs, nsBare = "lag-ours", "lag-bare"
	rolloutName    = "bluegreen-demo"
	canaryName     = "jdk21"
	barePod        = "bare"
)

func main() {
	changes := flag.Int("changes", 1000, "changes of stableRS for each of the two")
	root := flag.String("root", filepath.Join("..", ".."), "root of the repository")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	within, err := run(ctx, *root, *changes)
	switch {
	case err != nil:
		fmt.Fprintf(os.Stderr, "bench: %v\n", err)
		os.Exit(1)
	case !within:
		os.Exit(1)
	}
}

func run(ctx context.Context, root string, changes int) (within bool, err error) {
	if root, err = filepath.Abs(root); err != nil {
		return false, err
	}
	cluster, err := harness.UpCluster("bench", root)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, cluster.Down()) }()
	ctl, err := prepare(ctx, cluster)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, ctl.Stop()) }()

	bare, err := startBareClient(ctx, cluster.Admin, nsBare, barePod)
	if err != nil {
		return false, err
	}
	ours, reference, err := measure(ctx, cluster, changes)
	if err != nil {
		return false, errors.Join(err, bare.err())
	}
	within = report(ours, reference)
	wideWithin, err := measureWide(ctx, cluster)
	if err != nil {
		return false, err
	}
	within = within && wideWithin
	after, err := harness.ReadMemory(ctl.Pid())
	if err != nil {
		return false, err
	}
	fmt.Printf("memory after the changes: %s\n", after)
	return within, nil
}

// prepare makes stable Rollouts, a canary of our controller beside one and a
// bare pod beside another, and stops Argo.
func prepare(ctx context.Context, cluster *harness.Cluster) (*harness.Controller, error) {
	if err := cluster.Install(ctx); err != nil {
		return nil, err
	}
	for _, ns := range []string{nsOurs, nsBare, nsWide, nsWideBare} {
		_, err := cluster.Kube.CoreV1().Namespaces().Create(ctx,
			&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: ns}}, metav1.CreateOptions{})
		if err != nil {
			return nil, err
		}
	}
	for _, ns := range []string{nsOurs, nsBare, nsWide, nsWideBare} {
		if _, err := cluster.Kubectl(ctx, "", "apply", "-n", ns, "-f", "examples/blue-green/rollout.yaml"); err != nil {
			return nil, err
		}
	}
	for _, ns := range []string{nsOurs, nsBare, nsWide, nsWideBare} {
		err := harness.Await(ctx, time.Minute, "a stable Rollout", func() error {
			rollout, err := cluster.GetRollout(ctx, ns, rolloutName)
			if err != nil {
				return err
			}
			return rollout.CheckStable()
		})
		if err != nil {
			return nil, err
		}
	}
	// No label of the app: the stable ReplicaSet would adopt and delete it.
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: barePod},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "a", Image: "a"}}},
	}
	if _, err := cluster.Kube.CoreV1().Pods(nsBare).Create(ctx, pod, metav1.CreateOptions{}); err != nil {
		return nil, err
	}
	ctl, err := startController(ctx, cluster)
	if err != nil {
		return nil, err
	}
	if err := cluster.Control("stop", "rollouts-controller"); err != nil {
		return nil, errors.Join(err, ctl.Stop())
	}
	memory, err := harness.ReadMemory(ctl.Pid())
	if err != nil {
		return nil, errors.Join(err, ctl.Stop())
	}
	fmt.Printf("memory, idle with one canary: %s\n", memory)
	return ctl, nil
}

// startController starts it for its namespace and waits for a ready canary.
func startController(ctx context.Context, cluster *harness.Cluster) (*harness.Controller, error) {
	kubeconfig, err := cluster.ControllerKubeconfig(ctx, "controller", harness.Endpoint{})
	if err != nil {
		return nil, err
	}
	ctl, err := cluster.StartController(harness.ControllerOptions{
		Name: "controller", Kubeconfig: kubeconfig, Namespaces: []string{nsOurs},
	})
	if err != nil {
		return nil, err
	}
	_, err = cluster.Kubectl(ctx, "", "apply", "-n", nsOurs, "-f", "examples/blue-green/canary.yaml")
	if err == nil {
		err = harness.Await(ctx, time.Minute, "a ready canary", func() error {
			canary, err := cluster.GetCanary(ctx, nsOurs, canaryName)
			if err != nil {
				return err
			}
			return canary.CheckReady()
		})
	}
	if err != nil {
		return nil, errors.Join(err, fmt.Errorf("%s", ctl.LogTail(20)), ctl.Stop())
	}
	return ctl, nil
}
