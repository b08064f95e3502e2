package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"llc.test/e2e/harness"
)

// resumed is a command that ends a canary's quarantine.
func resumed(name string) []string {
	return []string{"annotate", "llc", name, "--overwrite", "argo-canary.dev/resume=" + time.Now().Format(time.RFC3339Nano)}
}

// A second Service, which selects on a label that the template has and the
// Rollout's selector has not.
const tierService = `
---
apiVersion: v1
kind: Service
metadata: {name: tier}
spec:
  selector: {tier: web}
  ports: [{name: http, port: 80, targetPort: http}]
`

// applyTiered applies the example's Rollout with that Service.
func (s *scene) applyTiered(oldNew ...string) string {
	s.Helper()
	text := s.example("rollout.yaml", oldNew...)
	const labels = "    metadata:\n      labels:\n"
	if !strings.Contains(text, labels) {
		s.Fatalf("rollout.yaml has no %q", labels)
	}
	s.apply(strings.Replace(text, labels, labels+"        tier: web\n", 1) + tierService)
	return s.awaitStable("")
}

// checkAside is nil when no canary pod is an endpoint of any Service, ready or
// not, or carries a label that is not ours.
func (s *scene) checkAside() error {
	pods, err := s.pods()
	if err != nil {
		return err
	}
	slices, err := s.Kube.DiscoveryV1().EndpointSlices(s.ns).List(s.ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	for _, pod := range pods {
		for key := range pod.Labels {
			if !strings.HasPrefix(key, "argo-canary.dev/") {
				return fmt.Errorf("pod %s has the label %s", pod.Name, key)
			}
		}
		for _, slice := range slices.Items {
			for _, endpoint := range slice.Endpoints {
				if endpoint.TargetRef != nil && endpoint.TargetRef.UID == pod.UID {
					return fmt.Errorf("pod %s is in EndpointSlice %s", pod.Name, slice.Name)
				}
			}
		}
	}
	return nil
}

// checkServedByBoth is nil when every canary pod is an endpoint of both Services.
func (s *scene) checkServedByBoth() error {
	if err := s.checkServed(true); err != nil {
		return err
	}
	tier, err := s.servedBy("tier")
	if err != nil {
		return err
	}
	pods, err := s.pods()
	for _, pod := range pods {
		if !tier[string(pod.UID)+" "+pod.Status.PodIP] {
			return fmt.Errorf("pod %s is no endpoint of Service tier", pod.Name)
		}
	}
	return err
}

// TestQuarantine: a crash loop takes the whole canary out of all traffic; its
// pods stay for debugging, through a promotion too, until somebody resumes it.
func TestQuarantine(t *testing.T) {
	s := shared(t)
	s.applyTiered()
	s.applyCanary("replicas: 1", "replicas: 3\n  validation: {maxRestarts: 2}")
	s.await(soon, "traffic", s.checkServedByBoth)
	before := s.mustPods(3)

	s.crash(2, before[1]) // as many as it may
	s.awaitCanary(soon, canary, func(llc *harness.Canary) error {
		if llc.Status.Ready != "2/3" {
			return fmt.Errorf("status.ready is %s, want 2/3", llc.Status.Ready)
		}
		return llc.CheckCondition("Stalled", metav1.ConditionFalse, "")
	})
	s.crash(3, before[1])
	s.await(soon, "the canary to stand aside", s.checkAside)
	s.awaitCanary(soon, canary, isQuarantined("CrashLooping"))
	s.must(s.checkProduction(3))
	s.awaitRest(nil)
	s.promote("argoproj/rollouts-demo:yellow")
	s.hold(2*time.Second, "standing aside", s.checkAside)
	pods, err := s.pods()
	s.must(err)
	if !slices.Equal(podUIDs(before), podUIDs(pods)) {
		t.Errorf("the pods were %s, now %s", podNames(before), podNames(pods))
	}

	// Resumed: what is ready comes back, what is not is replaced.
	s.kubectl(resumed(canary)...)
	s.awaitReady(canary)
	s.await(soon, "three pods", func() error { return s.countPods(3) })
	s.await(soon, "traffic", s.checkServedByBoth)
	after := s.mustPods(3)
	for _, pod := range before {
		if kept := slices.Contains(podUIDs(after), string(pod.UID)); kept != (pod.Name != before[1].Name) {
			t.Errorf("pod %s is kept: %t", pod.Name, kept)
		}
	}

	// It fails again; a new spec resumes it too.
	s.crash(7, after[0])
	s.awaitCanary(soon, canary, isQuarantined("CrashLooping"))
	s.await(soon, "the canary to stand aside", s.checkAside)
	s.patchCanary(canary, `{"spec":{"image":"argoproj/rollouts-demo:jdk22"}}`)
	s.awaitPods(canary, 3, func(pod *corev1.Pod) error {
		if slices.Contains(podUIDs(after), string(pod.UID)) {
			return fmt.Errorf("pod %s is not replaced", pod.Name)
		}
		return checkRunning(pod)
	})
	s.awaitReady(canary)
	s.await(soon, "traffic", s.checkServedByBoth)
}

// TestProgressDeadline: pods that are not ready in time are a failure, and
// what comes of one is chosen by onFailure.
func TestProgressDeadline(t *testing.T) {
	s := shared(t)
	s.applyRollout()
	for _, action := range []string{"Quarantine", "Terminate", "Keep"} {
		s.apply(s.example("canary.yaml", "name: "+canary, "name: "+strings.ToLower(action),
			"replicas: 1", "replicas: 2\n  onFailure: "+action))
	}
	for _, name := range []string{"quarantine", "terminate", "keep"} {
		s.awaitReady(name)
		s.patchCanary(name, `{"spec":{"progressDeadlineSeconds":3}}`)
		s.awaitReady(name)
		pods, err := s.pods(name)
		s.must(err)
		s.unready(pods[0])
	}
	failed := func(phase string) func(*harness.Canary) error {
		return func(llc *harness.Canary) error {
			if llc.Status.Phase != phase {
				return fmt.Errorf("the phase is %s, want %s", llc.Status.Phase, phase)
			}
			return llc.CheckCondition("Stalled", metav1.ConditionTrue, "ProgressDeadlineExceeded")
		}
	}
	s.awaitCanary(soon, "quarantine", failed("Quarantined"))
	s.awaitCanary(soon, "terminate", failed("Failed"))
	s.awaitCanary(soon, "keep", failed("Failed"))
	s.await(soon, "Terminate to have no pods", func() error {
		pods, err := s.pods("terminate")
		if err == nil && len(pods) > 0 {
			err = fmt.Errorf("%s are there", podNames(pods))
		}
		return err
	})
	served := func(name string, want int) func() error {
		return func() error {
			endpoints, err := s.servedPods()
			if err != nil {
				return err
			}
			pods, err := s.pods(name)
			got := 0
			for _, pod := range pods {
				if endpoints[string(pod.UID)+" "+pod.Status.PodIP] {
					got++
				}
			}
			if err == nil && (got != want || len(pods) != 2) {
				err = fmt.Errorf("%d of %d pods of %s serve, want %d of 2", got, len(pods), name, want)
			}
			return err
		}
	}
	s.await(soon, "Quarantine to stand aside", served("quarantine", 0))
	s.hold(2*time.Second, "Keep to serve with the pod that is ready", served("keep", 1))

	s.patchCanary("terminate", `{"spec":{"progressDeadlineSeconds":600}}`)
	s.awaitReady("terminate")
}

// TestTrafficMode: out of traffic on request, and back, with the same pods.
func TestTrafficMode(t *testing.T) {
	s := shared(t)
	s.applyTiered()
	s.applyCanary("replicas: 1", "replicas: 2\n  traffic: {mode: None}")
	before := s.mustPods(2)
	s.must(s.checkAside())
	s.patchCanary(canary, `{"spec":{"traffic":{"mode":"Service"}}}`)
	s.await(soon, "traffic", s.checkServedByBoth)
	llc := s.awaitReady(canary)
	s.must(llc.CheckCondition("TrafficAttached", metav1.ConditionTrue, ""))
	s.patchCanary(canary, `{"spec":{"traffic":{"mode":"None"}}}`)
	s.await(soon, "the canary to stand aside", s.checkAside)
	llc = s.awaitReady(canary)
	s.must(llc.CheckCondition("TrafficAttached", metav1.ConditionFalse, "TrafficModeNone"))
	if after := s.mustPods(2); !slices.Equal(podUIDs(before), podUIDs(after)) {
		t.Errorf("the pods were replaced: %s, now %s", podNames(before), podNames(after))
	}
}

// TestStableNotReady: a canary does not join a production that is down, and
// does not leave it either while it is all that serves.
func TestStableNotReady(t *testing.T) {
	s := shared(t)
	s.applyTiered()
	production, err := s.productionPods()
	s.must(err)
	s.unready(production...)
	s.await(soon, "production to be down", func() error { return s.countReady(0) })
	s.apply(s.example("canary.yaml", "replicas: 1", "replicas: 2\n  traffic: {minStableReady: 2}"))
	s.awaitPods(canary, 2, checkRunning)
	s.awaitCanary(soon, canary, func(llc *harness.Canary) error {
		return llc.CheckCondition("TrafficAttached", metav1.ConditionFalse, "StableNotReady")
	})
	s.must(s.checkAside())
	s.mend(production[0])
	s.await(soon, "one production pod", func() error { return s.countReady(1) })
	s.hold(2*time.Second, "standing aside", s.checkAside)
	s.mend(production[1:]...)
	s.awaitReady(canary)
	s.await(soon, "traffic", s.checkServedByBoth)

	s.unready(production...)
	s.await(soon, "production to be down", func() error { return s.countReady(0) })
	s.patchCanary(canary, `{"spec":{"traffic":{"mode":"None"}}}`)
	s.awaitCanary(soon, canary, func(llc *harness.Canary) error {
		if err := llc.CheckObserved(); err != nil {
			return err
		}
		return llc.CheckCondition("Ready", metav1.ConditionFalse, "LastEndpoint")
	})
	s.hold(2*time.Second, "the last endpoints", s.checkServedByBoth)
	s.mend(production...)
	s.await(soon, "the canary to stand aside", s.checkAside)
}

// countReady is nil when that many production pods are ready.
func (s *scene) countReady(n int32) error {
	rollout, err := s.GetRollout(s.ctx, s.ns, demo)
	if err != nil {
		return err
	}
	sets, err := s.Kube.AppsV1().ReplicaSets(s.ns).List(s.ctx,
		metav1.ListOptions{LabelSelector: harness.HashLabel + "=" + rollout.Status.StableRS})
	if err == nil && (len(sets.Items) != 1 || sets.Items[0].Status.ReadyReplicas != n) {
		err = fmt.Errorf("not %d ready pods of production", n)
	}
	return err
}

// TestRolloutMissingPolicy: what comes of a canary whose Rollout is gone is
// chosen by onRolloutMissing. (Quarantine, the default: TestRolloutGone….)
func TestRolloutMissingPolicy(t *testing.T) {
	s := shared(t)
	s.applyRollout()
	for _, action := range []string{"Terminate", "Keep"} {
		s.apply(s.example("canary.yaml", "name: "+canary, "name: "+strings.ToLower(action),
			"replicas: 1", "replicas: 1\n  onRolloutMissing: "+action))
		s.awaitReady(strings.ToLower(action))
	}
	s.await(soon, "traffic", func() error { return s.checkServed(true) })
	kept, err := s.pods("keep")
	s.must(err)
	s.kubectl("delete", "rollout", demo, "--wait=false")
	s.await(soon, "Terminate to have no pods", func() error {
		pods, err := s.pods("terminate")
		if err == nil && len(pods) > 0 {
			err = fmt.Errorf("%s is there", podNames(pods))
		}
		return err
	})
	s.hold(2*time.Second, "Keep to serve", func() error {
		pods, err := s.pods()
		if err == nil && !slices.Equal(podUIDs(pods), podUIDs(kept)) {
			err = fmt.Errorf("pods %s, want %s", podNames(pods), podNames(kept))
		}
		if err == nil {
			err = s.checkServed(true)
		}
		return err
	})
	s.applyRollout("rollouts-demo:blue", "rollouts-demo:green")
	s.awaitReady("terminate")
	s.awaitReady("keep")
	s.await(soon, "traffic", func() error { return s.checkServed(true) })
}

// TestReplaced: a pod that is deleted or evicted is replaced at once; one that
// keeps failing is, after longer and longer times.
func TestReplaced(t *testing.T) {
	s := sharedAtOnce(t)
	s.applyRollout()
	s.applyCanary("replicas: 1", "replicas: 2")
	for _, end := range []struct {
		how string
		end func(*corev1.Pod)
	}{
		{"deleted", s.deletePod},
		{"evicted", func(pod *corev1.Pod) { s.must(s.evict(pod)) }},
	} {
		pods, began := s.mustPods(2), time.Now()
		end.end(&pods[0])
		replacement := s.awaitSuccessor(&pods[0])
		if took := replacement.CreationTimestamp.Sub(began); took > 5*time.Second {
			t.Errorf("the pod that was %s was replaced after %s", end.how, took)
		}
		s.awaitReady(canary)
	}
	first := s.mustPods(2)[0]
	for pod, wait := &first, 10*time.Second; wait < 40*time.Second; wait *= 2 {
		s.fail(pod)
		next := s.awaitSuccessor(pod)
		between := next.CreationTimestamp.Sub(pod.CreationTimestamp.Time)
		t.Logf("pod %s failed; its successor %s is %s younger", pod.Name, next.Name, between)
		if wait > 10*time.Second && (between < wait || between > wait+10*time.Second) {
			t.Errorf("its successor is %s younger, want about %s", between, wait)
		}
		s.awaitReady(canary)
		s.must(s.checkServedOnce(2))
		pod = next
	}
}

// awaitSuccessor waits for the pod that takes the slot of another.
func (s *scene) awaitSuccessor(of *corev1.Pod) *corev1.Pod {
	s.Helper()
	var found *corev1.Pod
	s.await(soon, "a successor of pod "+of.Name, func() error {
		pods, err := s.pods()
		if err != nil {
			return err
		}
		for i := range pods {
			if slot(&pods[i]) == slot(of) && pods[i].UID != of.UID && pods[i].DeletionTimestamp == nil {
				if err := checkRunning(&pods[i]); err != nil {
					return err
				}
				found = &pods[i]
				return nil
			}
		}
		return fmt.Errorf("none among %s", podNames(pods))
	})
	return found
}

// checkServedOnce waits until n canary pods, and no others, are there and serve.
func (s *scene) checkServedOnce(n int) error {
	return harness.Await(s.ctx, soon, "traffic", func() error {
		if err := s.countPods(n); err != nil {
			return err
		}
		return s.checkServed(true)
	})
}
