package e2e

import (
	"encoding/json"
	"time"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// kwok makes a pod ready once and then leaves its status alone. What a kubelet
// would tell of a pod that fails, the test tells here.

// crash puts the only container of each pod into a crash loop.
func (s *scene) crash(restarts int32, pods ...corev1.Pod) {
	s.Helper()
	for _, pod := range pods {
		status := pod.Status.ContainerStatuses[0]
		status.Ready, status.RestartCount = false, restarts
		status.State = corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{
			Reason: "CrashLoopBackOff", Message: "back-off restarting failed container"}}
		s.setPodStatus(&pod, corev1.PodStatus{Conditions: readiness(corev1.ConditionFalse),
			ContainerStatuses: []corev1.ContainerStatus{status}})
	}
}

// unready makes pods fail their readiness probe.
func (s *scene) unready(pods ...corev1.Pod) {
	s.Helper()
	for _, pod := range pods {
		s.setPodStatus(&pod, corev1.PodStatus{Conditions: readiness(corev1.ConditionFalse)})
	}
}

// mend makes pods run and be ready.
func (s *scene) mend(pods ...corev1.Pod) {
	s.Helper()
	for _, pod := range pods {
		status := pod.Status.ContainerStatuses[0]
		status.Ready = true
		status.State = corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: metav1.Now()}}
		s.setPodStatus(&pod, corev1.PodStatus{Conditions: readiness(corev1.ConditionTrue),
			ContainerStatuses: []corev1.ContainerStatus{status}})
	}
}

// fail ends a pod, as a kubelet does that evicts it from its node.
func (s *scene) fail(pod *corev1.Pod) {
	s.Helper()
	s.setPodStatus(pod, corev1.PodStatus{Phase: corev1.PodFailed, Reason: "Evicted",
		Message: "the node was low on resource: memory", Conditions: readiness(corev1.ConditionFalse)})
}

func readiness(ready corev1.ConditionStatus) []corev1.PodCondition {
	now := metav1.NewTime(time.Now())
	return []corev1.PodCondition{
		{Type: corev1.PodReady, Status: ready, LastTransitionTime: now},
		{Type: corev1.ContainersReady, Status: ready, LastTransitionTime: now},
	}
}

func (s *scene) setPodStatus(pod *corev1.Pod, status corev1.PodStatus) {
	s.Helper()
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{"uid": pod.UID}, "status": status})
	s.must(err)
	_, err = s.Kube.CoreV1().Pods(s.ns).Patch(s.ctx, pod.Name, types.StrategicMergePatchType, patch,
		metav1.PatchOptions{}, "status")
	s.must(err)
}

// deletePod deletes a canary pod as an operator does.
func (s *scene) deletePod(pod *corev1.Pod) {
	s.Helper()
	suite.mine.Store(s.ns+"/"+pod.Name, true)
	s.must(s.Kube.CoreV1().Pods(s.ns).Delete(s.ctx, pod.Name, metav1.DeleteOptions{
		Preconditions: &metav1.Preconditions{UID: &pod.UID}}))
}

// evict asks for the eviction of any pod, as `kubectl drain` does.
func (s *scene) evict(pod *corev1.Pod) error {
	suite.mine.Store(s.ns+"/"+pod.Name, true)
	return s.Kube.CoreV1().Pods(s.ns).EvictV1(s.ctx, &policyv1.Eviction{
		ObjectMeta: metav1.ObjectMeta{Name: pod.Name, Namespace: s.ns}})
}
