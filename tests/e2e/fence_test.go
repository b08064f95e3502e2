package e2e

import (
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"

	"llc.test/e2e/harness"
)

const (
	podFence    = "llc-controller-fence"
	budgetFence = "llc-controller-fence-budgets"

	notOurs     = "llc-controller may change only pods whose controller is, or was, a LongLivedCanary"
	notOurPod   = "llc-controller may create and delete only pods whose controller is a LongLivedCanary"
	notSpec     = "llc-controller may not change the spec of a pod"
	notOwner    = "llc-controller may not change ownerReferences or finalizers of a pod"
	onlyShrink  = "llc-controller may only take labels off a pod that has lost its LongLivedCanary, and none of argo-canary.dev"
	notSub      = "llc-controller may use no subresource of pods"
	onlyRecount = "llc-controller may change nothing of a PodDisruptionBudget but its annotation argo-canary.dev/recount"
)

// thief is what somebody can do who holds the controller's token. It does
// nothing for good: a request that should have been refused leaves the pods as
// the next one needs them.
type thief struct {
	*scene
	kube kubernetes.Interface
}

var dryRun = []string{metav1.DryRunAll}

func (t *thief) patch(pod string, kind types.PatchType, patch string, subresources ...string) error {
	_, err := t.kube.CoreV1().Pods(t.ns).Patch(t.ctx, pod, kind, []byte(patch), metav1.PatchOptions{DryRun: dryRun}, subresources...)
	return err
}

// merge, strategically: a container is found by its name.
func (t *thief) merge(pod, patch string) error {
	return t.patch(pod, types.StrategicMergePatchType, patch)
}

func (t *thief) create(pod *corev1.Pod) error {
	_, err := t.kube.CoreV1().Pods(t.ns).Create(t.ctx, pod, metav1.CreateOptions{DryRun: dryRun})
	return err
}

func (t *thief) delete(pod string) error {
	return t.kube.CoreV1().Pods(t.ns).Delete(t.ctx, pod, metav1.DeleteOptions{DryRun: dryRun})
}

func (t *thief) mergeBudget(patch string, subresources ...string) error {
	_, err := t.kube.PolicyV1().PodDisruptionBudgets(t.ns).Patch(t.ctx, demo, types.MergePatchType, []byte(patch),
		metav1.PatchOptions{DryRun: dryRun}, subresources...)
	return err
}

// newThief may do anything with pods and budgets in the namespace as far as
// RBAC goes: what stops it is the fence.
func newThief(s *scene) *thief {
	s.Helper()
	kube, err := s.Thief(s.ctx)
	s.must(err)
	all := []string{"*"}
	s.allow("anything", harness.ControllerUser, rbacv1.PolicyRule{APIGroups: []string{"", "policy"}, Resources: all, Verbs: all})
	s.await(soon, "the role to count", func() error {
		_, err := kube.PolicyV1().PodDisruptionBudgets(s.ns).List(s.ctx, metav1.ListOptions{})
		return err
	})
	return &thief{scene: s, kube: kube}
}

// fenced is a pod. The controller does not look at it: no LongLivedCanary of
// that name ever had such a pod.
func fenced(name string, labels, annotations map[string]string, owners ...metav1.OwnerReference) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: labels, Annotations: annotations, OwnerReferences: owners},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "a", Image: "a"}}},
	}
}

// traces are what a pod of ours keeps when it loses its owner.
func traces() (labels, annotations map[string]string) {
	return map[string]string{"app": demo, harness.HashLabel: "a", harness.NameLabel: "lost", harness.RoleLabel: "canary"},
		map[string]string{"argo-canary.dev/uid": "a", "argo-canary.dev/slot": "0", "argo-canary.dev/incarnation": "1"}
}

// populate makes the pods and the budget that the thief finds, and returns
// the owners.
func populate(s *scene) (ours, others metav1.OwnerReference) {
	s.Helper()
	llc, err := s.Dynamic.Resource(harness.Canaries).Namespace(s.ns).Create(s.ctx, object(canary), metav1.CreateOptions{})
	s.must(err)
	adopter, err := s.Kube.CoreV1().ConfigMaps(s.ns).Create(s.ctx,
		&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "adopter"}}, metav1.CreateOptions{})
	s.must(err)
	yes := true
	ours = metav1.OwnerReference{APIVersion: "argo-canary.dev/v1alpha1", Kind: "LongLivedCanary", Name: canary,
		UID: llc.GetUID(), Controller: &yes}
	others = metav1.OwnerReference{APIVersion: "v1", Kind: "ConfigMap", Name: "adopter", UID: adopter.UID, Controller: &yes}

	app := map[string]string{"app": demo}
	labels, annotations := traces()
	_, halfTraces := traces()
	delete(halfTraces, "argo-canary.dev/slot")
	for _, pod := range []*corev1.Pod{
		fenced("own", app, nil, ours),
		fenced("bare", app, nil),
		fenced("foreign", app, nil, others),
		fenced("orphan", labels, annotations),
		fenced("adopted", labels, annotations, others),
		fenced("nameless", app, annotations),
		fenced("traceless", labels, halfTraces),
	} {
		_, err := s.Kube.CoreV1().Pods(s.ns).Create(s.ctx, pod, metav1.CreateOptions{})
		s.must(err)
	}
	_, err = s.Kube.PolicyV1().PodDisruptionBudgets(s.ns).Create(s.ctx, &policyv1.PodDisruptionBudget{
		ObjectMeta: metav1.ObjectMeta{Name: demo, Labels: app, Annotations: map[string]string{"a": "b"}},
		Spec:       policyv1.PodDisruptionBudgetSpec{Selector: &metav1.LabelSelector{MatchLabels: app}},
	}, metav1.CreateOptions{})
	s.must(err)
	return ours, others
}

// TestFence: the controller's token is good for what the controller does, and
// for nothing else, however wide its role is.
func TestFence(t *testing.T) {
	needsControlPlane(t)
	s := shared(t)
	thief := newThief(s)
	ours, others := populate(s)
	t.Run("Own", func(t *testing.T) { thief.at(t).fenceOwn(ours, others) })
	t.Run("Foreign", func(t *testing.T) { thief.at(t).fenceForeign(ours) })
	t.Run("Orphans", func(t *testing.T) { thief.at(t).fenceOrphans() })
	t.Run("Subresources", func(t *testing.T) { thief.at(t).fenceSubresources() })
	t.Run("Budgets", func(t *testing.T) { thief.at(t).fenceBudgets() })
}

func (t *thief) at(sub *testing.T) *thief {
	s := *t.scene
	s.T = sub
	return &thief{scene: &s, kube: t.kube}
}

// fenceOwn: create, label, annotate and delete; never the spec.
func (t *thief) fenceOwn(ours, others metav1.OwnerReference) {
	notController, foreignGroup, otherKind := ours, ours, ours
	notController.Controller = nil
	foreignGroup.APIVersion = "example.com/v1"
	otherKind.Kind = "Other"
	for about, pod := range map[string]*corev1.Pod{
		"without an owner":              fenced("new", nil, nil),
		"with another's owner":          fenced("new", nil, nil, others),
		"with an owner, no controller":  fenced("new", nil, nil, notController),
		"of a kind of the same name":    fenced("new", nil, nil, foreignGroup),
		"of another kind of our group":  fenced("new", nil, nil, otherKind),
		"of ours, controlled by others": fenced("new", nil, nil, notController, others),
	} {
		t.wantDenied("create a pod "+about, t.create(pod), podFence, notOurPod)
	}
	t.wantDenied("create a pod of ours", t.create(fenced("new", nil, nil, ours)), podFence, "")
	t.wantDenied("relabel", t.merge("own", `{"metadata":{"labels":{"`+harness.HashLabel+`":"b"}}}`), podFence, "")
	t.wantDenied("hold", t.merge("own", `{"metadata":{"labels":{"app":null,"argo-canary.dev/quarantined":"a"},
		"annotations":{"argo-canary.dev/held-labels":"{}"}}}`), podFence, "")
	t.wantDenied("delete", t.delete("own"), podFence, "")

	t.wantDenied("an image of ours", t.merge("own", `{"spec":{"containers":[{"name":"a","image":"b"}]}}`), podFence, notSpec)
	t.wantDenied("an image and a label", t.merge("own",
		`{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"a","image":"b"}]}}`), podFence, notSpec)
	t.wantDenied("a deadline", t.merge("own", `{"spec":{"activeDeadlineSeconds":1}}`), podFence, notSpec)
	t.wantDenied("no owner", t.merge("own", `{"metadata":{"ownerReferences":null}}`), podFence, notOwner)
	t.wantDenied("another owner", t.patch("own", types.JSONPatchType,
		`[{"op":"replace","path":"/metadata/ownerReferences/0/uid","value":"a"}]`), podFence, notOwner)
	t.wantDenied("a finalizer", t.merge("own", `{"metadata":{"finalizers":["example.com/a"]}}`), podFence, notOwner)
}

// fenceForeign: nothing.
func (t *thief) fenceForeign(ours metav1.OwnerReference) {
	adopt := fmt.Sprintf(`{"metadata":{"ownerReferences":[{"apiVersion":%q,"kind":%q,"name":%q,"uid":%q,"controller":true}]}}`,
		ours.APIVersion, ours.Kind, ours.Name, ours.UID)
	for _, pod := range []string{"bare", "foreign", "nameless", "traceless"} {
		for about, patch := range map[string]string{
			"an image":       `{"spec":{"containers":[{"name":"a","image":"b"}]}}`,
			"a label":        `{"metadata":{"labels":{"a":"b"}}}`,
			"a label less":   `{"metadata":{"labels":{"app":null}}}`,
			"an annotation":  `{"metadata":{"annotations":{"a":"b"}}}`,
			"a finalizer":    `{"metadata":{"finalizers":["example.com/a"]}}`,
			"made an orphan": `{"metadata":{"labels":{"argo-canary.dev/name":"a"},"annotations":{"argo-canary.dev/uid":"a","argo-canary.dev/slot":"0","argo-canary.dev/incarnation":"1"}}}`,
		} {
			t.wantDenied(pod+": "+about, t.merge(pod, patch), podFence, notOurs)
		}
		t.wantDenied(pod+": adopt", t.patch(pod, types.MergePatchType, adopt), podFence, notOurs)
		t.wantDenied(pod+": delete", t.delete(pod), podFence, notOurPod)
	}
	every := t.kube.CoreV1().Pods(t.ns).DeleteCollection(t.ctx, metav1.DeleteOptions{DryRun: dryRun}, metav1.ListOptions{})
	t.wantDenied("delete all", every, podFence, notOurPod)
}

// fenceOrphans: labels that are not ours come off, and that is all.
func (t *thief) fenceOrphans() {
	for _, pod := range []string{"orphan", "adopted"} {
		for about, patch := range map[string]string{
			"all labels but ours": `{"metadata":{"labels":{"app":null,"` + harness.HashLabel + `":null}}}`,
			"one label":           `{"metadata":{"labels":{"app":null}}}`,
			"nothing":             `{"metadata":{"labels":{"b":null}}}`,
		} {
			t.wantDenied(pod+": take off "+about, t.merge(pod, patch), podFence, "")
		}
		for about, patch := range map[string]string{
			"a label more":           `{"metadata":{"labels":{"a":"b"}}}`,
			"one off, one on":        `{"metadata":{"labels":{"app":null,"a":"b"}}}`,
			"another value":          `{"metadata":{"labels":{"app":"b"}}}`,
			"another hash":           `{"metadata":{"labels":{"` + harness.HashLabel + `":"b"}}}`,
			"a label of ours off":    `{"metadata":{"labels":{"argo-canary.dev/role":null}}}`,
			"its name off":           `{"metadata":{"labels":{"argo-canary.dev/name":null}}}`,
			"a label of ours more":   `{"metadata":{"labels":{"argo-canary.dev/quarantined":"a"}}}`,
			"an annotation":          `{"metadata":{"annotations":{"a":"b"}}}`,
			"an annotation off":      `{"metadata":{"annotations":{"argo-canary.dev/slot":null}}}`,
			"label and annotation":   `{"metadata":{"labels":{"app":null},"annotations":{"a":"b"}}}`,
			"no annotations":         `{"metadata":{"annotations":null}}`,
			"all labels, ours too":   `{"metadata":{"labels":null}}`,
			"its name, another":      `{"metadata":{"labels":{"argo-canary.dev/name":"b"}}}`,
			"an annotation, another": `{"metadata":{"annotations":{"argo-canary.dev/uid":"b"}}}`,
		} {
			t.wantDenied(pod+": "+about, t.merge(pod, patch), podFence, onlyShrink)
		}
		t.wantDenied(pod+": image", t.merge(pod, `{"metadata":{"labels":{"app":null}},"spec":{"containers":[{"name":"a","image":"b"}]}}`),
			podFence, notSpec)
		t.wantDenied(pod+": finalizer", t.merge(pod, `{"metadata":{"finalizers":["example.com/a"]}}`), podFence, notOwner)
		t.wantDenied(pod+": delete", t.delete(pod), podFence, notOurPod)
	}
	t.wantDenied("adopted: no owner", t.merge("adopted", `{"metadata":{"ownerReferences":null}}`), podFence, notOwner)
}

// fenceSubresources: none, not even of a pod of ours.
func (t *thief) fenceSubresources() {
	pods := t.kube.CoreV1().Pods(t.ns)
	for _, pod := range []string{"own", "bare"} {
		t.wantDenied(pod+": status", t.patch(pod, types.MergePatchType, `{"status":{"reason":"a"}}`, "status"), podFence, notSub)
		t.wantDenied(pod+": ephemeralcontainers", t.patch(pod, types.StrategicMergePatchType,
			`{"spec":{"ephemeralContainers":[{"name":"b","image":"b"}]}}`, "ephemeralcontainers"), podFence, notSub)
		t.wantDenied(pod+": eviction", pods.EvictV1(t.ctx, &policyv1.Eviction{
			ObjectMeta: metav1.ObjectMeta{Name: pod}, DeleteOptions: &metav1.DeleteOptions{DryRun: dryRun}}), podFence, notSub)
		t.wantDenied(pod+": binding", pods.Bind(t.ctx, &corev1.Binding{ObjectMeta: metav1.ObjectMeta{Name: pod},
			Target: corev1.ObjectReference{Kind: "Node", Name: "a"}}, metav1.CreateOptions{DryRun: dryRun}), podFence, notSub)
		for _, connect := range []string{"exec", "attach", "portforward"} {
			err := t.kube.CoreV1().RESTClient().Post().Namespace(t.ns).Resource("pods").Name(pod).SubResource(connect).
				Param("command", "a").Param("stdout", "true").Param("ports", "80").Do(t.ctx).Error()
			t.wantDenied(pod+": "+connect, err, podFence, notSub)
		}
		err := t.kube.CoreV1().RESTClient().Get().Namespace(t.ns).Resource("pods").Name(pod).SubResource("proxy").Do(t.ctx).Error()
		t.wantDenied(pod+": proxy", err, podFence, notSub)
	}
}

// fenceBudgets: one annotation.
func (t *thief) fenceBudgets() {
	for _, value := range []string{`"a:1:0:4"`, `null`} {
		err := t.mergeBudget(`{"metadata":{"annotations":{"argo-canary.dev/recount":` + value + `}}}`)
		t.wantDenied("recount "+value, err, budgetFence, "")
	}
	for about, patch := range map[string]string{
		"minAvailable":     `{"spec":{"minAvailable":0}}`,
		"selector":         `{"spec":{"selector":{"matchLabels":{"app":"b"}}}}`,
		"recount and spec": `{"metadata":{"annotations":{"argo-canary.dev/recount":"a"}},"spec":{"maxUnavailable":"100%"}}`,
		"label":            `{"metadata":{"labels":{"a":"b"}}}`,
		"label off":        `{"metadata":{"labels":{"app":null}}}`,
		"annotation":       `{"metadata":{"annotations":{"b":"c"}}}`,
		"another value":    `{"metadata":{"annotations":{"a":"c"}}}`,
		"annotation off":   `{"metadata":{"annotations":{"a":null}}}`,
		"finalizer":        `{"metadata":{"finalizers":["example.com/a"]}}`,
		"owner":            `{"metadata":{"ownerReferences":[{"apiVersion":"v1","kind":"ConfigMap","name":"a","uid":"a"}]}}`,
	} {
		t.wantDenied(about, t.mergeBudget(patch), budgetFence, onlyRecount)
	}
	t.wantDenied("status", t.mergeBudget(`{"status":{"disruptionsAllowed":9}}`, "status"), budgetFence, onlyRecount)
	budgets := t.kube.PolicyV1().PodDisruptionBudgets(t.ns)
	t.wantDenied("delete", budgets.Delete(t.ctx, demo, metav1.DeleteOptions{DryRun: dryRun}), budgetFence, onlyRecount)
	every := budgets.DeleteCollection(t.ctx, metav1.DeleteOptions{DryRun: dryRun}, metav1.ListOptions{})
	t.wantDenied("delete all", every, budgetFence, onlyRecount)
	_, err := budgets.Create(t.ctx, &policyv1.PodDisruptionBudget{ObjectMeta: metav1.ObjectMeta{Name: "b"}},
		metav1.CreateOptions{DryRun: dryRun})
	t.wantDenied("create", err, budgetFence, onlyRecount)
}
