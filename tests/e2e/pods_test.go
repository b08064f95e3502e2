package e2e

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"llc.test/e2e/harness"
)

// pods are the canary pods of the namespace, dying ones too; of one canary
// when named.
func (s *scene) pods(canaries ...string) ([]corev1.Pod, error) {
	selector := harness.NameLabel
	if len(canaries) > 0 {
		selector += " in (" + strings.Join(canaries, ",") + ")"
	}
	list, err := s.Kube.CoreV1().Pods(s.ns).List(s.ctx, metav1.ListOptions{LabelSelector: selector})
	if err != nil {
		return nil, err
	}
	return list.Items, nil
}

// mustPods are the n canary pods there are, all running and ready.
func (s *scene) mustPods(n int) []corev1.Pod {
	s.Helper()
	pods, err := s.pods()
	s.must(err)
	if len(pods) != n {
		s.Fatalf("%d canary pods, want %d: %s", len(pods), n, podNames(pods))
	}
	for _, pod := range pods {
		s.must(checkRunning(&pod))
	}
	return pods
}

// countPods is nil when there are exactly n canary pods.
func (s *scene) countPods(n int) error {
	pods, err := s.pods()
	if err == nil && len(pods) != n {
		err = fmt.Errorf("%d canary pods, want %d: %s", len(pods), n, podNames(pods))
	}
	return err
}

func podNames(pods []corev1.Pod) string {
	var names []string
	for _, pod := range pods {
		names = append(names, pod.Name)
	}
	return strings.Join(names, " ")
}

func podUIDs(pods []corev1.Pod) []string {
	var uids []string
	for _, pod := range pods {
		uids = append(uids, string(pod.UID))
	}
	slices.Sort(uids)
	return uids
}

func checkRunning(pod *corev1.Pod) error {
	if pod.Status.Phase != corev1.PodRunning || !isReady(pod) {
		return fmt.Errorf("pod %s is %s, ready: %t", pod.Name, pod.Status.Phase, isReady(pod))
	}
	return nil
}

func isReady(pod *corev1.Pod) bool {
	for _, condition := range pod.Status.Conditions {
		if condition.Type == corev1.PodReady {
			return condition.Status == corev1.ConditionTrue
		}
	}
	return false
}

// slot is the part of a pod's name between the canary's name and the suffix.
func slot(pod *corev1.Pod) string {
	parts := strings.Split(strings.TrimPrefix(pod.Name, pod.Labels[harness.NameLabel]+"-"), "-")
	return parts[0]
}

// checkSlots is nil when no two pods have the same slot.
func checkSlots(pods []corev1.Pod) error {
	holders := map[string]string{}
	for _, pod := range pods {
		if other := holders[slot(&pod)]; other != "" {
			return fmt.Errorf("pods %s and %s have the same slot", other, pod.Name)
		}
		holders[slot(&pod)] = pod.Name
	}
	return nil
}

// checkHash is nil when Rollout, active Service and all canary pods have that
// hash.
func (s *scene) checkHash(hash string) error {
	service, err := s.Kube.CoreV1().Services(s.ns).Get(s.ctx, demo, metav1.GetOptions{})
	if err != nil {
		return err
	}
	if selected := service.Spec.Selector[harness.HashLabel]; selected != hash {
		return fmt.Errorf("the Service selects hash %s, want %s", selected, hash)
	}
	return s.checkLabels(hash)
}

// checkLabels is nil when that is the stable hash and all canary pods carry it.
func (s *scene) checkLabels(hash string) error {
	rollout, err := s.GetRollout(s.ctx, s.ns, demo)
	if err != nil {
		return err
	}
	if rollout.Status.StableRS != hash {
		return fmt.Errorf("the stable hash is %s, want %s", rollout.Status.StableRS, hash)
	}
	pods, err := s.pods()
	if err != nil {
		return err
	}
	for _, pod := range pods {
		if pod.Labels[harness.HashLabel] != hash {
			return fmt.Errorf("want hash %s, pod %s has %q", hash, pod.Name, pod.Labels[harness.HashLabel])
		}
	}
	return nil
}

// checkProduction is nil when the stable ReplicaSet has n pods of its own, all
// ready, and none of them is a canary's.
func (s *scene) checkProduction(n int) error {
	rollout, err := s.GetRollout(s.ctx, s.ns, demo)
	if err != nil {
		return err
	}
	selector := metav1.ListOptions{LabelSelector: harness.HashLabel + "=" + rollout.Status.StableRS}
	sets, err := s.Kube.AppsV1().ReplicaSets(s.ns).List(s.ctx, selector)
	if err != nil {
		return err
	}
	if len(sets.Items) != 1 || sets.Items[0].Status.Replicas != int32(n) || sets.Items[0].Status.ReadyReplicas != int32(n) {
		return fmt.Errorf("stable ReplicaSets: %+v, want one with %d pods", sets.Items, n)
	}
	pods, err := s.Kube.CoreV1().Pods(s.ns).List(s.ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	owned := 0
	for _, pod := range pods.Items {
		if !metav1.IsControlledBy(&pod, &sets.Items[0]) {
			continue
		}
		owned++
		if pod.Labels[harness.NameLabel] != "" || pod.Spec.Containers[0].Image != sets.Items[0].Spec.Template.Spec.Containers[0].Image {
			return fmt.Errorf("the stable ReplicaSet owns pod %s, which runs %s", pod.Name, pod.Spec.Containers[0].Image)
		}
	}
	if owned != n {
		return fmt.Errorf("the stable ReplicaSet owns %d pods, want %d", owned, n)
	}
	return nil
}

// servedPods are the UIDs of the pods whose own address is a ready endpoint
// of the active Service.
func (s *scene) servedPods() (map[string]bool, error) { return s.servedBy(demo) }

// servedBy is the same for any Service.
func (s *scene) servedBy(service string) (map[string]bool, error) {
	slices, err := s.Kube.DiscoveryV1().EndpointSlices(s.ns).List(s.ctx,
		metav1.ListOptions{LabelSelector: discoveryv1.LabelServiceName + "=" + service})
	if err != nil {
		return nil, err
	}
	served := map[string]bool{}
	for _, slice := range slices.Items {
		for _, endpoint := range slice.Endpoints {
			if endpoint.TargetRef != nil && (endpoint.Conditions.Ready == nil || *endpoint.Conditions.Ready) {
				for _, address := range endpoint.Addresses {
					served[string(endpoint.TargetRef.UID)+" "+address] = true
				}
			}
		}
	}
	return served, nil
}

// checkServed is nil when every canary pod is an endpoint of the active
// Service, or, with want false, when none is.
func (s *scene) checkServed(want bool) error {
	served, err := s.servedPods()
	if err != nil {
		return err
	}
	pods, err := s.pods()
	if err != nil {
		return err
	}
	for _, pod := range pods {
		if got := served[string(pod.UID)+" "+pod.Status.PodIP]; got != want {
			return fmt.Errorf("pod %s (%s) in the EndpointSlice of %s: %t, want %t", pod.Name, pod.Status.PodIP, demo, got, want)
		}
	}
	return nil
}
