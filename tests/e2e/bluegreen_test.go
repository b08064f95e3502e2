package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"llc.test/e2e/harness"
)

// TestBlueGreen is the product's story: apply, promote, delete.
func TestBlueGreen(t *testing.T) {
	s := sharedAtOnce(t)
	blue := s.applyRollout("activeService:", "scaleDownDelaySeconds: 5\n      activeService:")
	recorded := s.record()
	llc := s.applyCanary()
	before := s.mustPods(1)
	s.await(soon, "one hash", func() error { return s.checkHash(blue) })
	s.await(soon, "traffic before", func() error { return s.checkServed(true) })
	if llc.Status.Phase != "Running" || llc.Status.Ready != "1/1" || llc.Status.PodTemplateHash != blue {
		t.Errorf("status %+v, want Running, 1/1 and hash %s", llc.Status, blue)
	}
	if image := before[0].Spec.Containers[0].Image; image != "argoproj/rollouts-demo:jdk21" {
		t.Errorf("the canary pod runs %s", image)
	}

	yellow := s.promote("argoproj/rollouts-demo:yellow")
	if yellow == blue {
		t.Fatalf("the promotion did not change the hash %s", blue)
	}
	s.await(soon, "one hash after the promotion", func() error { return s.checkHash(yellow) })
	s.await(soon, "traffic after", func() error { return s.checkServed(true) })
	s.awaitCanary(soon, canary, func(llc *harness.Canary) error {
		if llc.Status.PodTemplateHash != yellow {
			return fmt.Errorf("status.podTemplateHash is %s, want %s", llc.Status.PodTemplateHash, yellow)
		}
		return llc.CheckReady()
	})
	after := s.mustPods(1)
	if after[0].UID != before[0].UID || after[0].Status.PodIP != before[0].Status.PodIP {
		t.Errorf("the promotion replaced pod %s (%s) by %s (%s)", before[0].Name, before[0].UID, after[0].Name, after[0].UID)
	}

	// The old ReplicaSet is scaled down some time after the promotion: with 3 s of
	// reaction time its end, too, is part of what is judged.
	s.await(soon, "the old ReplicaSet to be scaled down", func() error {
		sets, err := s.Kube.AppsV1().ReplicaSets(s.ns).List(s.ctx, metav1.ListOptions{LabelSelector: harness.HashLabel + "=" + blue})
		if err == nil && (len(sets.Items) != 1 || sets.Items[0].Status.Replicas != 0) {
			err = fmt.Errorf("still %d pods", sets.Items[0].Status.Replicas)
		}
		return err
	})
	s.hold(3*time.Second, "the canary after it", func() error { return s.countPods(1) })
	changes, err := recorded.end()
	s.must(err)
	judge := production{replicas: 3, canaryUID: string(llc.Metadata.UID)}
	s.must(judge.replay(changes))
	if judge.promotions != 1 {
		t.Errorf("%d promotions in the history, want 1", judge.promotions)
	}

	s.deleteBy(metav1.DeletePropagationBackground)
	s.applyCanary()
	s.deleteBy(metav1.DeletePropagationForeground)
}

// deleteBy deletes the canary and sees the garbage collector, not us, take
// its pods.
func (s *scene) deleteBy(policy metav1.DeletionPropagation) {
	s.Helper()
	pods := s.mustPods(1)
	s.must(s.Dynamic.Resource(harness.Canaries).Namespace(s.ns).Delete(s.ctx, canary,
		metav1.DeleteOptions{PropagationPolicy: &policy}))
	s.await(collected, "the pods to go", func() error { return s.countPods(0) })
	s.await(collected, "the canary to go", func() error {
		if _, err := s.GetCanary(s.ctx, s.ns, canary); err == nil {
			return fmt.Errorf("LongLivedCanary %s still exists", canary)
		}
		return nil
	})
	s.hold(2*time.Second, "no pod after the deletion", func() error { return s.countPods(0) })
	deletes, err := suite.audit.Select(func(e *harness.AuditEvent) bool {
		return e.Verb == "delete" && e.Resource() == "pods" && e.ObjectRef.Namespace == s.ns && e.ObjectRef.Name == pods[0].Name
	})
	s.must(err)
	byCollector := false
	for _, e := range deletes {
		byCollector = byCollector || e.User.Username == garbageCollector
		if e.User.Username == harness.ControllerUser {
			s.Errorf("%s deletion: our controller deleted the pod: %s", policy, e)
		}
	}
	if !byCollector && !s.Simulated() { // llc-sim logs requests; its own controllers make none
		s.Errorf("%s deletion: the garbage collector did not delete pod %s: %v", strings.ToLower(string(policy)), pods[0].Name, deletes)
	}
}
