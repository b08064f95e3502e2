package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/rand"

	"llc.test/e2e/harness"
	"llc.test/faults/proxy"
)

// soon is how long anything that takes a few watch events may take on a busy
// machine. What has a promised time is tested against that instead.
const soon = 45 * time.Second

// collected is how long the garbage collector may take: it learns of a new
// CRD only when it looks again, every 30 s.
const collected = 2 * soon

// The names in examples/blue-green.
const (
	demo   = "bluegreen-demo" // Rollout, active Service, container, app label
	canary = "jdk21"
)

// scene is one test with its namespace and its controller.
type scene struct {
	*testing.T
	*harness.Cluster
	ctx context.Context
	ns  string
	ctl *harness.Controller
}

// shared makes t parallel and gives it the controller of the whole cluster.
func shared(t *testing.T) *scene {
	t.Helper()
	beParallel(t)
	suite.own.Wait()
	awaitTurn(t)
	return newSharedScene(t)
}

// sharedAtOnce is shared for a test that waits for most of its time.
func sharedAtOnce(t *testing.T) *scene {
	t.Helper()
	beParallel(t)
	suite.own.Wait()
	return newSharedScene(t)
}

// beParallel has t go on when all tests that are not parallel have ended.
func beParallel(t *testing.T) {
	t.Helper()
	suite.parallel.Add(1)
	t.Cleanup(suite.parallel.Done)
	t.Parallel()
}

// awaitTurn waits until the machine has time for one more test.
func awaitTurn(t *testing.T) {
	suite.busy <- struct{}{}
	t.Cleanup(func() { <-suite.busy })
}

func newSharedScene(t *testing.T) *scene {
	t.Helper()
	s := newScene(t)
	suite.controller.once.Do(func() {
		suite.controller.running, suite.controller.err = s.startController("controller", harness.Endpoint{})
	})
	if suite.controller.err != nil {
		t.Fatal(suite.controller.err)
	}
	s.ctl = suite.controller.running
	return s
}

// alone is own for a test that bears no company.
func alone(t *testing.T) *scene {
	t.Helper()
	return newOwnScene(t, harness.Endpoint{})
}

// own makes t parallel to others of its kind, with a controller that looks
// after t's namespace only. The one of the whole cluster would do its work, too.
func own(t *testing.T) *scene {
	t.Helper()
	awaitOwn(t)
	return newOwnScene(t, harness.Endpoint{})
}

// ownThroughProxy is own by way of a proxy, with no fault armed.
func ownThroughProxy(t *testing.T) (*scene, *proxy.Proxy) {
	t.Helper()
	awaitOwn(t)
	p, err := suite.cluster.StartProxy()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return newOwnScene(t, harness.Endpoint(p.Endpoint())), p
}

func awaitOwn(t *testing.T) {
	t.Helper()
	suite.own.Add(1)
	t.Cleanup(suite.own.Done)
	beParallel(t)
	awaitTurn(t)
}

func newOwnScene(t *testing.T, at harness.Endpoint) *scene {
	t.Helper()
	s := newScene(t)
	s.start(at)
	return s
}

// start starts this scene's own controller, the first one or the next.
func (s *scene) start(at harness.Endpoint) {
	s.Helper()
	ctl, err := s.startController("controller-"+s.ns, at, s.ns)
	s.must(err)
	s.ctl = ctl
	s.Cleanup(func() {
		if ctl.Ended() {
			return
		}
		if err := ctl.Stop(); err != nil {
			s.Error(err)
		}
	})
}

func (s *scene) startController(name string, at harness.Endpoint, namespaces ...string) (*harness.Controller, error) {
	kubeconfig, err := s.ControllerKubeconfig(s.ctx, name, at)
	if err != nil {
		return nil, err
	}
	ctl, err := s.StartController(harness.ControllerOptions{Name: name, Kubeconfig: kubeconfig, Namespaces: namespaces})
	if err != nil {
		return nil, err
	}
	if err := ctl.AwaitReady(s.ctx, 10*time.Second); err != nil {
		ctl.Kill()
		return nil, fmt.Errorf("%w\n%s", err, ctl.LogTail(20))
	}
	return ctl, nil
}

// newScene makes the namespace.
func newScene(t *testing.T) *scene {
	t.Helper()
	return newSceneIn(t, suite.cluster)
}

func newSceneIn(t *testing.T, cluster *harness.Cluster) *scene {
	t.Helper()
	name := strings.ToLower(strings.TrimPrefix(t.Name(), "Test"))
	s := &scene{T: t, Cluster: cluster, ctx: context.Background(),
		ns: strings.ReplaceAll(name, "/", "-") + "-" + rand.String(4)}
	_, err := s.Kube.CoreV1().Namespaces().Create(s.ctx,
		&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: s.ns}}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.end)
	return s
}

// end tells what there is to know about a failure, and removes the namespace.
// The canaries go first: in a namespace that is going, the API server answers
// a create with 403, and TestAudit wants none.
func (s *scene) end() {
	if s.Failed() {
		s.diagnose()
	}
	if os.Getenv("LLC_E2E_KEEP") != "" {
		return
	}
	canaries := s.Dynamic.Resource(harness.Canaries).Namespace(s.ns)
	canaries.DeleteCollection(s.ctx, metav1.DeleteOptions{}, metav1.ListOptions{}) // no CRD, no canaries
	err := harness.Await(s.ctx, soon, "the canaries to go", func() error {
		list, err := canaries.List(s.ctx, metav1.ListOptions{})
		if err == nil && len(list.Items) > 0 {
			return fmt.Errorf("%d are left", len(list.Items))
		}
		return nil
	})
	if err != nil {
		s.Errorf("clean up: %v", err)
	}
	s.Kube.CoreV1().Namespaces().Delete(s.ctx, s.ns, metav1.DeleteOptions{})
}

func (s *scene) diagnose() {
	for _, args := range [][]string{
		{"get", "longlivedcanaries", "-o", "yaml"},
		{"get", "rollouts,replicasets,pods,endpointslices", "-o", "wide", "--show-labels"},
	} {
		out, err := s.Kubectl(s.ctx, "", append(args, "-n", s.ns)...)
		if err != nil {
			out += err.Error()
		}
		s.Logf("kubectl %s:\n%s", strings.Join(args, " "), out)
	}
	if s.ctl != nil {
		s.Logf("end of %s:\n%s", s.ctl.LogPath, s.ctl.LogTail(40))
	}
}

// exempts tells TestAudit what this test brings about in its namespace.
func (s *scene) exempts(from exemption) { suite.exempt.Store(s.ns, from) }

// must ends the test on an error.
func (s *scene) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// await looks until check is nil.
func (s *scene) await(limit time.Duration, what string, check func() error) {
	s.Helper()
	s.must(harness.Await(s.ctx, limit, what, check))
}

// hold looks for a while whether check stays nil. There is no event for
// "nothing happens": a window is the only way to see it.
func (s *scene) hold(window time.Duration, what string, check func() error) {
	s.Helper()
	s.must(harness.Hold(s.ctx, window, what, check))
}

// kubectl runs in the test's namespace.
func (s *scene) kubectl(args ...string) string {
	s.Helper()
	out, err := s.Kubectl(s.ctx, "", append(args, "-n", s.ns)...)
	s.must(err)
	return out
}

// apply applies a manifest.
func (s *scene) apply(manifest string) {
	s.Helper()
	_, err := s.Kubectl(s.ctx, manifest, "apply", "-n", s.ns, "-f", "-")
	s.must(err)
}

// example is a file of examples/blue-green, with pairs of strings replaced.
func (s *scene) example(file string, oldNew ...string) string {
	s.Helper()
	text, err := os.ReadFile(filepath.Join(s.Root, "examples", "blue-green", file))
	s.must(err)
	return strings.NewReplacer(oldNew...).Replace(string(text))
}

// applyRollout applies the example's Rollout and Services and waits until
// Argo calls it stable. It returns the hash.
func (s *scene) applyRollout(oldNew ...string) string {
	s.Helper()
	s.apply(s.example("rollout.yaml", oldNew...))
	return s.awaitStable("")
}

// awaitStable waits until the Rollout is stable at another hash than old.
func (s *scene) awaitStable(old string) string {
	s.Helper()
	s.must(s.stable(soon, old))
	rollout, err := s.GetRollout(s.ctx, s.ns, demo)
	s.must(err)
	return rollout.Status.StableRS
}

// stable is nil once the Rollout is, at another hash than old.
func (s *scene) stable(limit time.Duration, old string) error {
	return harness.Await(s.ctx, limit, "a stable Rollout", func() error {
		rollout, err := s.GetRollout(s.ctx, s.ns, demo)
		if err != nil {
			return err
		}
		if rollout.Status.StableRS == old {
			return fmt.Errorf("stableRS is still %q", old)
		}
		return rollout.CheckStable()
	})
}

// applyCanary applies the example's canary and waits until it is ready.
func (s *scene) applyCanary(oldNew ...string) *harness.Canary {
	s.Helper()
	s.apply(s.example("canary.yaml", oldNew...))
	return s.awaitReady(canary)
}

// awaitReady waits until Ready=True speaks of the newest spec.
func (s *scene) awaitReady(name string) *harness.Canary {
	s.Helper()
	return s.awaitCanary(soon, name, (*harness.Canary).CheckReady)
}

// awaitCanary waits until check is nil.
func (s *scene) awaitCanary(limit time.Duration, name string, check func(*harness.Canary) error) *harness.Canary {
	s.Helper()
	var seen *harness.Canary
	s.await(limit, "LongLivedCanary "+name, func() (err error) {
		if seen, err = s.GetCanary(s.ctx, s.ns, name); err != nil {
			return err
		}
		return check(seen)
	})
	return seen
}

// promote gives the Rollout a new image and promotes it at once, as a user
// does, and returns the new stable hash.
func (s *scene) promote(image string) string {
	s.Helper()
	before := s.update("argo", "rollouts", "set", "image", demo, demo+"="+image)
	for range 2 { // see awaitRest: on a busy machine a second of rest may not be enough
		s.kubectl("argo", "rollouts", "promote", demo, "--full")
		if s.stable(soon/3, before) == nil {
			break
		}
	}
	return s.awaitStable(before)
}

// update runs the kubectl that changes the Rollout's template, and waits until
// Argo has the new version up and pauses. It returns the hash that is stable.
func (s *scene) update(args ...string) string {
	s.Helper()
	before := s.awaitRest(nil).Status.StableRS
	s.kubectl(args...)
	s.awaitPause()
	return before
}

// awaitPause waits until there is something to promote.
func (s *scene) awaitPause() {
	s.Helper()
	s.awaitRest(func(rollout *harness.Rollout) error {
		if rollout.Status.CurrentPodHash == rollout.Status.StableRS || len(rollout.Status.PauseConditions) == 0 {
			return fmt.Errorf("status.currentPodHash is %s, pauseConditions are %v: there is nothing to promote",
				rollout.Status.CurrentPodHash, rollout.Status.PauseConditions)
		}
		return nil
	})
}

// awaitRest waits until check is content and Argo has written nothing for a
// second. After each write Argo puts the answer into its own cache, over what
// its watch may have brought meanwhile (argo-rollouts #4073): a change that
// comes just then is not seen until the next one. llc-sim's has no cache.
func (s *scene) awaitRest(check func(*harness.Rollout) error) *harness.Rollout {
	s.Helper()
	rest := time.Second
	if s.Simulated() {
		rest = 0
	}
	var rested *harness.Rollout
	var since time.Time
	s.await(soon, "Argo to come to rest", func() error {
		rollout, err := s.GetRollout(s.ctx, s.ns, demo)
		if err == nil && check != nil {
			err = check(rollout)
		}
		if err != nil {
			return err
		}
		if rested == nil || rested.Metadata.ResourceVersion != rollout.Metadata.ResourceVersion {
			rested, since = rollout, time.Now()
		}
		if quiet := time.Since(since); quiet < rest {
			return fmt.Errorf("written %s ago", quiet)
		}
		return nil
	})
	return rested
}

// patchCanary merges into the canary's spec.
func (s *scene) patchCanary(name, patch string) {
	s.Helper()
	_, err := s.Dynamic.Resource(harness.Canaries).Namespace(s.ns).Patch(s.ctx, name,
		types.MergePatchType, []byte(patch), metav1.PatchOptions{})
	s.must(err)
}
