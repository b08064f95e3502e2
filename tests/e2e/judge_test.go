package e2e

import (
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"llc.test/e2e/harness"
)

// TestJudge: the judge of TestBlueGreen sees the harm that this product is
// there to prevent. A bare pod with production's labels, the old way to run a
// canary, is adopted by the stable ReplicaSet, which then has one too many.
func TestJudge(t *testing.T) {
	s := shared(t)
	hash := s.applyRollout()
	recorded := s.record()
	bare := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "bare", Labels: map[string]string{"app": demo, harness.HashLabel: hash}},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "a", Image: "a"}}},
	}
	_, err := s.Kube.CoreV1().Pods(s.ns).Create(s.ctx, bare, metav1.CreateOptions{})
	s.must(err)
	s.await(soon, "the bare pod to be deleted", func() error {
		if !recorded.sawGone(bare.Name) { // or the end of the history would cut it off
			return fmt.Errorf("it is there")
		}
		return nil
	})
	changes, err := recorded.end()
	s.must(err)
	judge := production{replicas: 3}
	verdict := judge.replay(changes)
	if verdict == nil {
		t.Fatal("the judge saw no harm")
	}
	t.Logf("the judge: %v", verdict)
}
