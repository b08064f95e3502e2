package e2e

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"llc.test/e2e/harness"
)

// denyPolicy is an admission policy of one namespace.
const denyPolicy = `
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: NAME}
spec:
  failurePolicy: Fail
  matchConstraints:
    namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: NAME}}
    resourceRules:
    - {apiGroups: [""], apiVersions: [v1], operations: [OPERATION], resources: [pods]}
  validations:
  - {expression: 'EXPRESSION', message: not today, reason: Forbidden}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: NAME}
spec: {policyName: NAME, validationActions: [Deny]}
`

// deny makes the API server refuse what the expression is false for, in this
// namespace, from when probe is refused; the result takes it back.
func (s *scene) deny(operation, expression string, probe func() error) (allow func()) {
	s.Helper()
	s.apply(strings.NewReplacer("NAME", s.ns, "OPERATION", operation, "EXPRESSION", expression).Replace(denyPolicy))
	allow = func() {
		s.kubectl("delete", "validatingadmissionpolicybinding,validatingadmissionpolicy", s.ns, "--ignore-not-found")
	}
	s.Cleanup(allow)
	s.await(soon, "the policy to be in force", func() error {
		if probe() == nil {
			return fmt.Errorf("it is not yet")
		}
		return nil
	})
	return allow
}

// TestPodsRefused: whoever refuses a pod, the canary says so in the words of
// the API server, does not insist, and goes on by itself when it may.
func TestPodsRefused(t *testing.T) {
	needsControlPlane(t)
	s := shared(t)
	s.exempts(exemption{refusals: true})
	s.applyRollout()
	s.applyCanary()
	replicas := 1
	for _, test := range []struct {
		name, reason, message string
		refuse                func() (allow func())
	}{
		{"quota", "QuotaExceeded", "exceeded quota", s.refuseByQuota},
		{"limit range", "", "minimum memory usage per Container is 64Mi", s.refuseByLimitRange},
		{"Pod Security", "PodSecurityViolation", `violates PodSecurity "restricted:latest"`, s.refuseByPodSecurity},
		{"admission", "AdmissionDenied", "not today", s.refuseByAdmission},
	} {
		allow := test.refuse()
		audit, err := harness.OpenAudit(s.AuditLog)
		s.must(err)
		replicas++
		s.kubectl("scale", "llc/"+canary, fmt.Sprintf("--replicas=%d", replicas))
		s.awaitCanary(soon, canary, func(llc *harness.Canary) error {
			if err := llc.CheckCondition("Ready", metav1.ConditionFalse, test.reason); err != nil {
				return err
			}
			ready := meta.FindStatusCondition(llc.Status.Conditions, "Ready")
			if !strings.Contains(ready.Message, test.message) {
				return fmt.Errorf("the message %q does not say %q", ready.Message, test.message)
			}
			return llc.CheckObserved()
		})
		s.hold(3*time.Second, "the pods there are", func() error { return s.countPods(replicas - 1) })
		if tries := s.controllerWrites(audit, "create", "pods"); len(tries) > 8 {
			t.Errorf("%s: %d tries to create a pod within 3 s", test.name, len(tries))
		}
		if told := s.controllerWrites(audit, "patch", "longlivedcanaries/status"); len(told) > 4 {
			t.Errorf("%s: %d writes of the status", test.name, len(told))
		}
		allow()
		s.awaitReady(canary)
		s.await(soon, "the pods", func() error { return s.countPods(replicas) })
	}
}

func (s *scene) refuseByQuota() (allow func()) {
	s.Helper()
	pods, err := s.Kube.CoreV1().Pods(s.ns).List(s.ctx, metav1.ListOptions{})
	s.must(err)
	s.kubectl("create", "quota", "few", fmt.Sprintf("--hard=pods=%d", len(pods.Items)))
	s.await(soon, "the quota to be counted", func() error {
		quota, err := s.Kube.CoreV1().ResourceQuotas(s.ns).Get(s.ctx, "few", metav1.GetOptions{})
		if used := quota.Status.Used.Pods(); err == nil && int(used.Value()) != len(pods.Items) {
			err = fmt.Errorf("it counts %d pods, want %d", used.Value(), len(pods.Items))
		}
		return err
	})
	return func() {
		s.kubectl("patch", "quota", "few", "--type=merge", "-p", `{"spec":{"hard":{"pods":"50"}}}`)
	}
}

func (s *scene) refuseByLimitRange() (allow func()) {
	s.Helper()
	s.apply(`{"apiVersion":"v1","kind":"LimitRange","metadata":{"name":"large"},
		"spec":{"limits":[{"type":"Container","min":{"memory":"64Mi"}}]}}`)
	s.awaitRefused()
	return func() { s.kubectl("delete", "limitrange", "large") }
}

func (s *scene) refuseByPodSecurity() (allow func()) {
	s.Helper()
	const label = "pod-security.kubernetes.io/enforce"
	s.kubectl("label", "namespace", s.ns, label+"=restricted")
	s.awaitRefused()
	return func() { s.kubectl("label", "namespace", s.ns, label+"-") }
}

func (s *scene) refuseByAdmission() (allow func()) {
	s.Helper()
	return s.deny("CREATE", "false", s.tryPod)
}

// awaitRefused waits until a pod like the canary's is refused: plugins read
// what rules them from caches.
func (s *scene) awaitRefused() {
	s.Helper()
	s.await(soon, "pods to be refused", func() error {
		if s.tryPod() == nil {
			return fmt.Errorf("one is accepted")
		}
		return nil
	})
}

func (s *scene) tryPod() error {
	pods, err := s.pods()
	if err != nil || len(pods) == 0 {
		return nil
	}
	_, err = s.Kube.CoreV1().Pods(s.ns).Create(s.ctx, &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "probe"},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "a", Image: "a", Resources: pods[0].Spec.Containers[0].Resources}}},
	}, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
	return err
}

// TestPatchRefused: a pod that nobody may patch delays no other, neither the
// first time nor while the canary waits to try it again.
func TestPatchRefused(t *testing.T) {
	needsControlPlane(t)
	s := shared(t)
	s.exempts(exemption{refusals: true})
	s.applyRollout()
	s.applyCanary("replicas: 1", "replicas: 6")
	stuck := s.mustPods(6)[2]
	allow := s.deny("UPDATE", `object.metadata.name != "`+stuck.Name+`"`, func() error {
		_, err := s.Kube.CoreV1().Pods(s.ns).Patch(s.ctx, stuck.Name, types.MergePatchType, []byte("{}"), metav1.PatchOptions{})
		return err
	})
	for _, colour := range []string{"yellow", "green"} {
		recorded := s.record()
		hash := s.promote("argoproj/rollouts-demo:" + colour)
		s.awaitCanary(soon, canary, func(llc *harness.Canary) error {
			return llc.CheckCondition("Ready", metav1.ConditionFalse, "AdmissionDenied")
		})
		s.await(soon, "the other pods", func() error {
			pods, err := s.pods()
			for _, pod := range pods {
				if got := pod.Labels[harness.HashLabel]; pod.UID != stuck.UID && got != hash {
					return fmt.Errorf("pod %s has hash %s, want %s", pod.Name, got, hash)
				}
			}
			return err
		})
		changes, err := recorded.end()
		s.must(err)
		lag, err := relabelLag(changes, hash)
		s.must(err)
		t.Logf("%s: the others were relabelled %s after stable changed", colour, lag.Round(time.Millisecond))
		if lag > 2*time.Second {
			t.Errorf("%s: it took %s after the stable hash had changed", colour, lag)
		}
	}
	allow()
	s.awaitReady(canary)
	s.await(soon, "traffic", func() error { return s.checkServed(true) })
	s.must(s.countPods(6))
}

// TestRightsTakenAway: without its rights the controller waits; with them it
// goes on, without a restart.
func TestRightsTakenAway(t *testing.T) {
	s := alone(t) // nobody else's controller may lose them
	s.exempts(exemption{refusals: true})
	s.applyRollout()
	s.applyCanary()
	roles := s.Kube.RbacV1().ClusterRoles()
	role, err := roles.Get(s.ctx, harness.ControllerRole, metav1.GetOptions{})
	s.must(err)
	restore := func() {
		rules, err := json.Marshal(map[string]any{"rules": role.Rules})
		s.must(err)
		_, err = roles.Patch(s.ctx, role.Name, types.MergePatchType, rules, metav1.PatchOptions{})
		s.must(err)
	}
	s.Cleanup(restore)

	// One right: the canary says which.
	less := role.DeepCopy()
	for i, rule := range less.Rules {
		if slices.Contains(rule.Resources, "pods") {
			less.Rules[i].Verbs = slices.DeleteFunc(rule.Verbs, func(verb string) bool { return verb == "create" })
		}
	}
	_, err = roles.Update(s.ctx, less, metav1.UpdateOptions{})
	s.must(err)
	s.awaitRight("create", "pods", false)
	s.kubectl("scale", "llc/"+canary, "--replicas=2")
	s.awaitCanary(soon, canary, func(llc *harness.Canary) error {
		return llc.CheckCondition("Ready", metav1.ConditionFalse, "Forbidden")
	})
	restore()
	s.awaitReady(canary)
	s.mustPods(2)

	// All of them: it lives, is not ready for ever, and comes back.
	bindings := s.Kube.RbacV1().ClusterRoleBindings()
	binding, err := bindings.Get(s.ctx, harness.ControllerRole, metav1.GetOptions{})
	s.must(err)
	s.must(bindings.Delete(s.ctx, binding.Name, metav1.DeleteOptions{}))
	binding.ObjectMeta = metav1.ObjectMeta{Name: binding.Name, Labels: binding.Labels, Annotations: binding.Annotations}
	bind := func() { bindings.Create(s.ctx, binding, metav1.CreateOptions{}) } // the second time it exists
	s.Cleanup(bind)
	s.awaitRight("patch", "pods", false)
	s.kubectl("scale", "llc/"+canary, "--replicas=3")
	yellow := s.promote("argoproj/rollouts-demo:yellow")
	s.hold(2*time.Second, "the pods of before", func() error { return s.countPods(2) })
	if s.ctl.Ended() {
		t.Fatalf("the controller ended without its rights:\n%s", s.ctl.LogTail(20))
	}
	bind()
	s.awaitReady(canary)
	s.await(soon, "one hash", func() error { return s.checkHash(yellow) })
	s.mustPods(3)
}

// awaitRight waits until our ServiceAccount may, or may not, do that.
func (s *scene) awaitRight(verb, resource string, want bool) {
	s.Helper()
	s.await(soon, "the role to be in force", func() error {
		out, _ := s.Kubectl(s.ctx, "", "auth", "can-i", verb, resource, "-n", s.ns, "--as", harness.ControllerUser)
		if got := strings.TrimSpace(out) == "yes"; got != want {
			return fmt.Errorf("can-i %s %s: %q", verb, resource, out)
		}
		return nil
	})
}

// TestNamespaceDeleted: a namespace goes with ten canaries in it, and nobody
// fights that.
func TestNamespaceDeleted(t *testing.T) {
	s := shared(t)
	s.exempts(exemption{refusals: true})
	s.applyRollout()
	const canaries = 10
	for i := range canaries {
		s.apply(s.example("canary.yaml", "name: "+canary, fmt.Sprintf("name: canary-%d", i), "replicas: 1", "replicas: 3"))
	}
	for i := range canaries {
		s.awaitReady(fmt.Sprintf("canary-%d", i))
	}
	audit, err := harness.OpenAudit(s.AuditLog)
	s.must(err)
	began := time.Now()
	s.kubectl("delete", "namespace", s.ns, "--wait=false")
	s.await(collected, "the namespace to go", func() error {
		namespace, err := s.Kube.CoreV1().Namespaces().Get(s.ctx, s.ns, metav1.GetOptions{})
		if err == nil {
			return fmt.Errorf("it is there: %v", namespace.Status.Conditions)
		}
		return nil
	})
	events, err := audit.Select(harness.ByController(s.ns))
	s.must(err)
	writes, refused := 0, 0
	for _, e := range events {
		if e.IsWrite() {
			writes++
		}
		if e.ResponseStatus.Code == 403 {
			refused++
		}
	}
	took := time.Since(began)
	t.Logf("gone in %s; %d writes, %d of them refused", took.Round(time.Millisecond), writes, refused)
	// Its pods go first, and a canary misses each until it goes itself: however
	// long that takes, it is told once with each that it may make no more.
	if limit := canaries * 20; writes > limit {
		t.Errorf("%d writes into a namespace that goes, want %d at most", writes, limit)
	}
}
