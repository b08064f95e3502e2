package e2e

import (
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"llc.test/e2e/harness"
)

// budgetLimit is how long a PodDisruptionBudget may be wrong once the canary
// says that it has converged.
const budgetLimit = time.Second

// TestBudget: with a maxUnavailable budget over the app, whatever happens to a
// canary leaves production evictable.
func TestBudget(t *testing.T) {
	s := alone(t) // on an idle machine: budgetLimit is a promise
	s.applyRollout()
	s.createBudget()
	s.applyCanary("replicas: 1", "replicas: 2")
	s.awaitKnown(5)

	for _, replicas := range []int32{5, 1} {
		s.kubectl("scale", "llc/"+canary, fmt.Sprintf("--replicas=%d", replicas))
		s.awaitReady(canary)
		s.await(soon, "the pods", func() error { return s.countPods(int(replicas)) })
		s.awaitBudget(fmt.Sprintf("scaled to %d", replicas), 3+replicas)
	}

	// Without any event of a pod: what a budget expects is read from /scale.
	s.patchCanary(canary, `{"spec":{"paused":true,"replicas":5}}`)
	s.awaitCanary(soon, canary, (*harness.Canary).CheckObserved)
	s.patchCanary(canary, `{"spec":{"replicas":1}}`)
	s.awaitReady(canary)
	s.awaitBudget("paused, scaled to 5 and back", 4)
	s.patchCanary(canary, `{"spec":{"paused":false}}`)
	s.awaitReady(canary)

	s.kubectl("scale", "llc/"+canary, "--replicas=3")
	s.awaitReady(canary)
	s.awaitBudget("scaled to 3", 6)
	s.patchCanary(canary, `{"spec":{"traffic":{"mode":"None"}}}`)
	s.await(soon, "the canaries to leave traffic", s.checkOut)
	s.awaitReady(canary)
	s.awaitBudget("taken out of traffic", 3)
	s.patchCanary(canary, `{"spec":{"traffic":{"mode":"Service"}}}`)
	s.await(soon, "traffic", func() error { return s.checkServed(true) })
	s.awaitReady(canary)
	s.awaitBudget("put back into traffic", 6)

	s.crash(9, s.mustPods(3)[0])
	s.awaitCanary(soon, canary, isQuarantined("CrashLooping"))
	s.awaitBudget("quarantined", 3)

	s.kubectl("delete", "llc", canary, "--wait=false")
	s.await(collected, "the pods to go", func() error { return s.countPods(0) })
	s.awaitBudget("deleted", 3)

	s.applyCanary("replicas: 1", "replicas: 2")
	s.awaitBudget("created again", 5)
	s.kubectl("delete", "llc", canary, "--cascade=foreground", "--wait=false")
	s.await(collected, "the pods to go", func() error { return s.countPods(0) })
	s.awaitBudget("deleted in the foreground", 3)
}

// TestBudgetAtRest: quarantined, and then nothing happens any more: the
// budget is right and stays so, and production can be evicted.
// LLC_E2E_STILL is the time in which nothing happens, 60s unless set.
func TestBudgetAtRest(t *testing.T) {
	window := 60 * time.Second
	if given := os.Getenv("LLC_E2E_STILL"); given != "" {
		var err error
		if window, err = time.ParseDuration(given); err != nil {
			t.Fatal(err)
		}
	}
	s := sharedAtOnce(t)
	s.applyRollout()
	s.createBudget()
	s.applyCanary("replicas: 1", "replicas: 2")
	s.crash(9, s.mustPods(2)...)
	s.awaitCanary(soon, canary, isQuarantined("CrashLooping"))
	s.await(soon, "the budget to be right", func() error { return s.checkBudget(3) })
	recorded := s.record()
	s.hold(window, "the budget", func() error { return s.checkBudget(3) })
	changes, err := recorded.end()
	s.must(err)
	first := map[string]bool{} // a watch begins with what there is
	for _, c := range changes {
		if pod, ok := c.object.(*corev1.Pod); ok {
			if first[pod.Name] {
				t.Errorf("pod %s changed in the time of rest", pod.Name)
			}
			first[pod.Name] = true
		}
	}

	production, err := s.productionPods()
	s.must(err)
	if err := s.evict(&production[0]); err != nil {
		t.Errorf("evict production pod %s: %v, want 201", production[0].Name, err)
	}
	s.await(soon, "production to be whole", func() error { return s.checkProduction(3) })
	s.await(soon, "the budget to be right", func() error { return s.checkBudget(3) })
}

// createBudget makes a budget that the app's pods and the canaries in traffic
// have in common.
func (s *scene) createBudget() {
	s.Helper()
	one := intstr.FromInt32(1)
	_, err := s.Kube.PolicyV1().PodDisruptionBudgets(s.ns).Create(s.ctx, &policyv1.PodDisruptionBudget{
		ObjectMeta: metav1.ObjectMeta{Name: demo},
		Spec: policyv1.PodDisruptionBudgetSpec{MaxUnavailable: &one,
			Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": demo}}},
	}, metav1.CreateOptions{})
	s.must(err)
}

// awaitKnown waits until the budget's controller knows LongLivedCanaries: it
// learns of a new CRD only when it looks again, as the garbage collector does,
// and then tries a budget that it could not count ever more rarely.
func (s *scene) awaitKnown(expected int32) {
	s.Helper()
	var touched time.Time
	s.await(collected, "a budget that knows LongLivedCanaries", func() error {
		err := s.checkBudget(expected)
		if err != nil && time.Since(touched) > 3*time.Second {
			touched = time.Now()
			s.kubectl("annotate", "pdb", demo, "--overwrite", "example.com/noted="+touched.Format(time.RFC3339Nano))
		}
		return err
	})
}

// awaitBudget waits until the budget expects that many pods and would let one
// go, in budgetLimit.
func (s *scene) awaitBudget(when string, expected int32) {
	s.Helper()
	began := time.Now()
	s.await(budgetLimit, when+": the budget to be right", func() error { return s.checkBudget(expected) })
	s.Logf("%s: the budget was right %s later", when, time.Since(began).Round(time.Millisecond))
}

func (s *scene) checkBudget(expected int32) error {
	budget, err := s.Kube.PolicyV1().PodDisruptionBudgets(s.ns).Get(s.ctx, demo, metav1.GetOptions{})
	if err != nil {
		return err
	}
	if got := budget.Status; got.DisruptionsAllowed < 1 || got.ExpectedPods != expected {
		return fmt.Errorf("the budget allows %d disruptions: it expects %d pods, want %d; %d are healthy, %d must be",
			got.DisruptionsAllowed, got.ExpectedPods, expected, got.CurrentHealthy, got.DesiredHealthy)
	}
	return nil
}

// productionPods are the pods of the stable ReplicaSet.
func (s *scene) productionPods() ([]corev1.Pod, error) {
	rollout, err := s.GetRollout(s.ctx, s.ns, demo)
	if err != nil {
		return nil, err
	}
	list, err := s.Kube.CoreV1().Pods(s.ns).List(s.ctx,
		metav1.ListOptions{LabelSelector: harness.HashLabel + "=" + rollout.Status.StableRS})
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(list.Items, func(pod corev1.Pod) bool { return pod.Labels[harness.NameLabel] != "" }), nil
}

// isQuarantined is content when the canary has failed for that reason and
// stands aside.
func isQuarantined(reason string) func(*harness.Canary) error {
	return func(llc *harness.Canary) error {
		if llc.Status.Phase != "Quarantined" {
			return fmt.Errorf("the phase is %s, want Quarantined", llc.Status.Phase)
		}
		if err := llc.CheckObserved(); err != nil {
			return err
		}
		return llc.CheckCondition("Stalled", metav1.ConditionTrue, reason)
	}
}
