package e2e

import (
	"fmt"
	"slices"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"llc.test/e2e/harness"
)

// The annotation of a pod with the hash whose template it was built from.
const baseHash = "argo-canary.dev/base-hash"

// withPolicy are the replacements that put an updatePolicy into the example.
func withPolicy(replicas int, policy string) []string {
	return []string{"replicas: 1", fmt.Sprintf("replicas: %d\n  updatePolicy: %s", replicas, policy)}
}

// TestMaxUnavailable: a change of the image takes down no more pods at a time
// than asked for, at no moment, and a pod that is down anyway counts.
func TestMaxUnavailable(t *testing.T) {
	s := shared(t)
	s.applyRollout()
	for _, test := range []struct {
		policy string
		least  int // of 5
	}{
		{"{maxUnavailable: 2}", 3},
		{`{maxUnavailable: "21%"}`, 3}, // 1.05 is 2
		{`{maxUnavailable: "1%"}`, 4},
		{`{type: Recreate, maxUnavailable: "100%"}`, 0},
	} {
		s.applyCanary(withPolicy(5, test.policy)...)
		s.awaitPods(canary, 5, checkRunning)
		before := s.mustPods(5)
		recorded := s.record()
		s.patchCanary(canary, `{"spec":{"image":"argoproj/rollouts-demo:jdk22"}}`)
		s.awaitReplaced(before)
		changes, err := recorded.end()
		s.must(err)
		if least := leastReady(changes, 5); least < test.least {
			t.Errorf("%s: only %d of 5 pods were ready at one time, want %d at least", test.policy, least, test.least)
		}
		if most := mostLive(changes); most > 5 {
			t.Errorf("%s: %d pods at one time, want 5 at most", test.policy, most)
		}
	}
}

// TestUnreadyFirst: the budget of unavailable pods is spent on those that are
// unavailable already.
func TestUnreadyFirst(t *testing.T) {
	s := shared(t)
	s.applyRollout()
	s.applyCanary("replicas: 1", "replicas: 3")
	before := s.mustPods(3)
	broken := before[1]
	s.unready(broken)
	s.awaitCanary(soon, canary, func(llc *harness.Canary) error {
		if llc.Status.Ready != "2/3" {
			return fmt.Errorf("status.ready is %s, want 2/3", llc.Status.Ready)
		}
		return nil
	})
	recorded := s.record()
	s.patchCanary(canary, `{"spec":{"image":"argoproj/rollouts-demo:jdk22"}}`)
	s.awaitReplaced(before)
	changes, err := recorded.end()
	s.must(err)
	if least := leastReady(changes, 2); least < 2 {
		t.Errorf("only %d pods were ready at one time, want 2 at least", least)
	}
	for _, c := range changes {
		pod, ok := c.object.(*corev1.Pod)
		if ok && pod.DeletionTimestamp != nil && slices.Contains(podUIDs(before), string(pod.UID)) {
			if pod.UID != broken.UID {
				t.Errorf("pod %s was deleted first, want %s, which was not ready", pod.Name, broken.Name)
			}
			break
		}
	}
}

// TestMinReady: a pod counts when it has been ready for a while, and the next
// one is not taken down before.
func TestMinReady(t *testing.T) {
	s := shared(t)
	s.applyRollout()
	const wait = 3 * time.Second
	s.applyCanary("replicas: 1", "replicas: 2\n  minReadySeconds: 3")
	before := s.mustPods(2)
	s.patchCanary(canary, `{"spec":{"image":"argoproj/rollouts-demo:jdk22"}}`)
	s.awaitReplaced(before)
	after := s.mustPods(2)
	first, second := readySince(&after[0]), readySince(&after[1])
	if first.After(second) {
		first, second = second, first
	}
	if between := second.Sub(first); between < wait-time.Second { // both are whole seconds
		t.Errorf("the second pod was ready %s after the first, want %s at least", between, wait)
	}
	if llc := s.awaitReady(canary); llc.Status.AvailableReplicas != 2 {
		t.Errorf("status.availableReplicas is %d, want 2", llc.Status.AvailableReplicas)
	}
}

func readySince(pod *corev1.Pod) time.Time {
	for _, condition := range pod.Status.Conditions {
		if condition.Type == corev1.PodReady {
			return condition.LastTransitionTime.Time
		}
	}
	return time.Time{}
}

// TestUpdatePolicies: what a promotion makes of running pods.
func TestUpdatePolicies(t *testing.T) {
	s := shared(t)
	blue := s.applyRollout()
	for name, policy := range map[string]string{"relabel": "{type: Relabel}", "recreate": "{type: Recreate}",
		"ondelete": "{type: OnDelete}"} {
		s.apply(s.example("canary.yaml", append(withPolicy(3, policy), "name: "+canary, "name: "+name)...))
		s.awaitReady(name)
	}
	before := s.mustPods(9)
	recorded := s.record()
	yellow := s.promote("argoproj/rollouts-demo:yellow")
	s.awaitPods("recreate", 3, func(pod *corev1.Pod) error {
		if slices.Contains(podUIDs(before), string(pod.UID)) || pod.Annotations[baseHash] != yellow {
			return fmt.Errorf("pod %s is built from %s, want %s", pod.Name, pod.Annotations[baseHash], yellow)
		}
		return nil
	})
	for _, name := range []string{"relabel", "ondelete"} {
		s.awaitCanary(soon, name, (*harness.Canary).CheckReady)
		s.awaitPods(name, 3, func(pod *corev1.Pod) error {
			if !slices.Contains(podUIDs(before), string(pod.UID)) || pod.Annotations[baseHash] != blue {
				return fmt.Errorf("pod %s is a new one, built from %s", pod.Name, pod.Annotations[baseHash])
			}
			return nil
		})
	}
	s.await(soon, "one hash", func() error { return s.checkHash(yellow) })
	s.await(soon, "traffic", func() error { return s.checkServed(true) })
	for name, drifted := range map[string]metav1.ConditionStatus{"relabel": metav1.ConditionTrue,
		"ondelete": metav1.ConditionTrue, "recreate": metav1.ConditionFalse} {
		s.awaitCanary(soon, name, func(llc *harness.Canary) error {
			if err := llc.CheckReady(); err != nil {
				return err
			}
			return llc.CheckCondition("TemplateDrifted", drifted, "")
		})
	}
	changes, err := recorded.end()
	s.must(err)
	if least := leastReady(changesOf(changes, "recreate"), 3); least < 2 {
		t.Errorf("Recreate: only %d of 3 pods were ready at one time, want 2 at least", least)
	}
	s.checkOnDelete(yellow)
}

// checkOnDelete: under OnDelete a change of the image waits for deletions.
func (s *scene) checkOnDelete(stable string) {
	s.Helper()
	const image = "argoproj/rollouts-demo:jdk22"
	before, err := s.pods("ondelete")
	s.must(err)
	s.patchCanary("ondelete", `{"spec":{"image":"`+image+`"}}`)
	s.awaitCanary(soon, "ondelete", func(llc *harness.Canary) error {
		if llc.Status.UpdatedReplicas != 0 {
			return fmt.Errorf("status.updatedReplicas is %d, want 0", llc.Status.UpdatedReplicas)
		}
		return llc.CheckObserved()
	})
	s.hold(2*time.Second, "the pods of before", func() error {
		now, err := s.pods("ondelete")
		if err == nil && !slices.Equal(podUIDs(now), podUIDs(before)) {
			err = fmt.Errorf("pods were replaced: %s, now %s", podNames(before), podNames(now))
		}
		return err
	})
	s.deletePod(&before[0])
	s.awaitPods("ondelete", 3, checkRunning)
	updated := 0
	s.awaitPods("ondelete", 3, func(pod *corev1.Pod) error {
		if pod.Spec.Containers[0].Image == image && pod.Annotations[baseHash] == stable {
			updated++
		}
		return nil
	})
	if updated != 1 {
		s.Errorf("OnDelete: %d pods are built with the new image from the new template, want the one in place of the deleted", updated)
	}
}

// TestPaused: a paused canary is left as it is, but for its labels.
func TestPaused(t *testing.T) {
	s := shared(t)
	s.applyRollout()
	s.applyCanary("replicas: 1", "replicas: 3")
	before := s.mustPods(3)
	const image = "argoproj/rollouts-demo:jdk22"
	s.patchCanary(canary, `{"spec":{"paused":true,"replicas":5,"image":"`+image+`"}}`)
	llc := s.awaitCanary(soon, canary, func(llc *harness.Canary) error {
		if err := llc.CheckCondition("Ready", metav1.ConditionTrue, "Paused"); err != nil {
			return err
		}
		return llc.CheckObserved()
	})
	s.must(llc.CheckCondition("Paused", metav1.ConditionTrue, ""))
	if llc.Status.Phase != "Paused" {
		t.Errorf("the phase is %s, want Paused", llc.Status.Phase)
	}
	s.deletePod(&before[0])
	s.await(soon, "the deleted pod to be gone", func() error { return s.countPods(2) })
	yellow := s.promote("argoproj/rollouts-demo:yellow")
	s.await(soon, "one hash", func() error { return s.checkHash(yellow) })
	s.await(soon, "traffic", func() error { return s.checkServed(true) })
	s.hold(2*time.Second, "the two pods", func() error {
		now, err := s.pods()
		if err == nil && !slices.Equal(podUIDs(now), podUIDs(before[1:])) {
			err = fmt.Errorf("pods %s, want %s only", podNames(now), podNames(before[1:]))
		}
		return err
	})
	s.patchCanary(canary, `{"spec":{"replicas":1}}`)
	s.awaitCanary(soon, canary, (*harness.Canary).CheckReady)
	s.hold(time.Second, "two pods", func() error { return s.countPods(2) })

	s.patchCanary(canary, `{"spec":{"paused":false,"replicas":3}}`)
	llc = s.awaitReady(canary)
	s.must(llc.CheckCondition("Paused", metav1.ConditionFalse, ""))
	s.awaitPods(canary, 3, func(pod *corev1.Pod) error {
		if pod.Spec.Containers[0].Image != image {
			return fmt.Errorf("pod %s runs %s, want %s", pod.Name, pod.Spec.Containers[0].Image, image)
		}
		return checkRunning(pod)
	})
	s.must(checkSlots(s.mustPods(3)))
}

// awaitPods waits until one canary has n pods, none dying, that check likes.
func (s *scene) awaitPods(name string, n int, check func(*corev1.Pod) error) {
	s.Helper()
	s.await(soon, fmt.Sprintf("%d pods of %s", n, name), func() error {
		pods, err := s.pods(name)
		if err == nil && len(pods) != n {
			err = fmt.Errorf("%d pods, want %d: %s", len(pods), n, podNames(pods))
		}
		for i := 0; err == nil && i < len(pods); i++ {
			if err = check(&pods[i]); err == nil && pods[i].DeletionTimestamp != nil {
				err = fmt.Errorf("pod %s is being deleted", pods[i].Name)
			}
		}
		return err
	})
}

// awaitReplaced waits until the canary is ready with as many other pods.
func (s *scene) awaitReplaced(before []corev1.Pod) {
	s.Helper()
	s.awaitPods(canary, len(before), func(pod *corev1.Pod) error {
		if slices.Contains(podUIDs(before), string(pod.UID)) {
			return fmt.Errorf("pod %s is not replaced", pod.Name)
		}
		return checkRunning(pod)
	})
	s.awaitReady(canary)
	s.must(checkSlots(s.mustPods(len(before))))
}
