package e2e

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"

	"llc.test/e2e/harness"
)

const authorPolicy = "llc-author-may-create-pods"

// TestPoliciesCompile: the API server has checked the types in the shipped
// policies and found nothing.
func TestPoliciesCompile(t *testing.T) {
	needsControlPlane(t)
	s := shared(t)
	s.await(soon, "the types to be checked", func() error {
		policies, err := s.Kube.AdmissionregistrationV1().ValidatingAdmissionPolicies().List(s.ctx, metav1.ListOptions{})
		if err != nil {
			return err
		}
		if len(policies.Items) != 4 {
			return fmt.Errorf("%d policies, want 4", len(policies.Items))
		}
		for _, policy := range policies.Items {
			if policy.Status.ObservedGeneration != policy.Generation || policy.Status.TypeChecking == nil {
				return fmt.Errorf("policy %s is not checked yet", policy.Name)
			}
			for _, warning := range policy.Status.TypeChecking.ExpressionWarnings {
				t.Errorf("policy %s: %s: %s", policy.Name, warning.FieldRef, warning.Warning)
			}
		}
		return nil
	})
}

// wantDenied is how a policy must have refused a request; the empty message
// means that it must not have.
func (s *scene) wantDenied(about string, err error, policy, message string) {
	s.Helper()
	switch {
	case message == "" && err != nil:
		s.Errorf("%s: %v, want it accepted", about, err)
	case message != "" && err == nil:
		s.Errorf("%s: accepted, want it refused: %s", about, message)
	case message != "" && !harness.IsDenied(err, policy, message):
		s.Errorf("%s: %v\nwant %s: %s", about, err, policy, message)
	}
}

// allow gives a user rights in the namespace.
func (s *scene) allow(name, user string, rules ...rbacv1.PolicyRule) {
	s.Helper()
	_, err := s.Kube.RbacV1().Roles(s.ns).Create(s.ctx,
		&rbacv1.Role{ObjectMeta: metav1.ObjectMeta{Name: name}, Rules: rules}, metav1.CreateOptions{})
	s.must(err)
	_, err = s.Kube.RbacV1().RoleBindings(s.ns).Create(s.ctx, &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: name},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: user}},
	}, metav1.CreateOptions{})
	s.must(err)
}

// object of a LongLivedCanary whose Rollout does not exist.
func object(name string, finalizers ...any) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "argo-canary.dev/v1alpha1",
		"kind":       "LongLivedCanary",
		"metadata":   map[string]any{"name": name, "finalizers": finalizers},
		"spec":       map[string]any{"rolloutRef": map[string]any{"name": "none"}, "image": "none"},
	}}
}

func mergeCanary(ctx context.Context, canaries dynamic.ResourceInterface, patch string, subresources ...string) error {
	_, err := canaries.Patch(ctx, canary, types.MergePatchType, []byte(patch), metav1.PatchOptions{}, subresources...)
	return err
}

// TestAuthor: who may write LongLivedCanaries but not create pods can't have
// the controller create them.
func TestAuthor(t *testing.T) {
	needsControlPlane(t)
	s := shared(t)
	user := "author-" + s.ns
	as, err := s.As(user)
	s.must(err)
	theirs := as.Resource(harness.Canaries).Namespace(s.ns)
	s.allow("canaries", user, rbacv1.PolicyRule{APIGroups: []string{"argo-canary.dev"},
		Resources: []string{"longlivedcanaries", "longlivedcanaries/scale"}, Verbs: []string{"*"}})
	s.await(soon, "the role to count", func() error {
		_, err := theirs.List(s.ctx, metav1.ListOptions{})
		return err
	})

	refused := "a LongLivedCanary runs pods: its author needs the right to create pods in namespace " + s.ns
	try := func(created bool, want string) {
		t.Helper()
		name := "another"
		if created {
			name = canary
		}
		_, err := theirs.Create(s.ctx, object(name), metav1.CreateOptions{})
		s.wantDenied("create", err, authorPolicy, want)
		s.wantDenied("another image", mergeCanary(s.ctx, theirs, `{"spec":{"image":"another"}}`), authorPolicy, want)
		s.wantDenied("replicas in the spec", mergeCanary(s.ctx, theirs, `{"spec":{"replicas":2}}`), authorPolicy, want)
		s.wantDenied("a label", mergeCanary(s.ctx, theirs, `{"metadata":{"labels":{"a":"b"}}}`), authorPolicy, "")
		s.wantDenied("scale", mergeCanary(s.ctx, theirs, `{"spec":{"replicas":3}}`, "scale"), authorPolicy, "")
		s.wantDenied("delete", theirs.Delete(s.ctx, canary, metav1.DeleteOptions{}), authorPolicy, "")
	}
	_, err = s.Dynamic.Resource(harness.Canaries).Namespace(s.ns).Create(s.ctx, object(canary), metav1.CreateOptions{})
	s.must(err)
	try(false, refused)

	s.allow("pods", user, rbacv1.PolicyRule{APIGroups: []string{""}, Resources: []string{"pods"}, Verbs: []string{"create"}})
	s.await(soon, "the right to create pods to count", func() error {
		_, err := theirs.Create(s.ctx, object("probe"), metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
		return err
	})
	try(true, "")
}

// The messages of the policy that refuses orphan deletion.
const (
	refusedOrphans = "a LongLivedCanary can't be deleted without its pods: the stable ReplicaSet would adopt them and" +
		" delete production pods in their place; use --cascade=background or --cascade=foreground" +
		" (propagationPolicy Background or Foreground). To keep the pods out of traffic, set" +
		" spec.traffic.mode to None instead of deleting"
	refusedFinalizer = "a LongLivedCanary can't have the finalizer orphan: its pods would be left behind when it is" +
		" deleted, and the stable ReplicaSet would adopt them and delete production pods in their place"
)

// deletion is one way to ask for it.
type deletion struct {
	about string
	do    func(s *scene, canaries dynamic.ResourceInterface, dryRun []string) error
}

func deleteWith(options metav1.DeleteOptions) func(*scene, dynamic.ResourceInterface, []string) error {
	return func(s *scene, canaries dynamic.ResourceInterface, dryRun []string) error {
		options.DryRun = dryRun
		return canaries.Delete(s.ctx, canary, options)
	}
}

func deleteAllWith(options metav1.DeleteOptions) func(*scene, dynamic.ResourceInterface, []string) error {
	return func(s *scene, canaries dynamic.ResourceInterface, dryRun []string) error {
		options.DryRun = dryRun
		return canaries.DeleteCollection(s.ctx, options, metav1.ListOptions{})
	}
}

// deleteByQuery has the options in the URL, without a body.
func deleteByQuery(key, value string) func(*scene, dynamic.ResourceInterface, []string) error {
	return func(s *scene, _ dynamic.ResourceInterface, dryRun []string) error {
		request := s.Kube.CoreV1().RESTClient().Delete().AbsPath("/apis", "argo-canary.dev", "v1alpha1",
			"namespaces", s.ns, "longlivedcanaries", canary).Param(key, value)
		for _, how := range dryRun {
			request.Param("dryRun", how)
		}
		return request.Do(s.ctx).Error()
	}
}

func propagation(policy metav1.DeletionPropagation) metav1.DeleteOptions {
	return metav1.DeleteOptions{PropagationPolicy: &policy}
}

func orphanDependents(yes bool) metav1.DeleteOptions {
	return metav1.DeleteOptions{OrphanDependents: &yes}
}

var orphanDeletions = []deletion{
	{"propagationPolicy Orphan", deleteWith(propagation(metav1.DeletePropagationOrphan))},
	{"orphanDependents", deleteWith(orphanDependents(true))},
	{"propagationPolicy Orphan in the URL", deleteByQuery("propagationPolicy", "Orphan")},
	{"orphanDependents in the URL", deleteByQuery("orphanDependents", "true")},
	{"a collection, propagationPolicy Orphan", deleteAllWith(propagation(metav1.DeletePropagationOrphan))},
	{"a collection, orphanDependents", deleteAllWith(orphanDependents(true))},
}

var plainDeletions = []deletion{
	{"no options", deleteWith(metav1.DeleteOptions{})},
	{"no options, a collection", deleteAllWith(metav1.DeleteOptions{})},
}

var otherDeletions = []deletion{
	{"propagationPolicy Background", deleteWith(propagation(metav1.DeletePropagationBackground))},
	{"propagationPolicy Foreground", deleteWith(propagation(metav1.DeletePropagationForeground))},
	{"propagationPolicy Background in the URL", deleteByQuery("propagationPolicy", "Background")},
	{"not orphanDependents", deleteWith(orphanDependents(false))},
	{"a collection, propagationPolicy Background", deleteAllWith(propagation(metav1.DeletePropagationBackground))},
	{"a collection, propagationPolicy Foreground", deleteAllWith(propagation(metav1.DeletePropagationForeground))},
}

// tryDeletions without doing them.
func (s *scene) tryDeletions(state string, deletions []deletion, want string) {
	s.Helper()
	canaries := s.Dynamic.Resource(harness.Canaries).Namespace(s.ns)
	for _, deletion := range deletions {
		err := deletion.do(s, canaries, []string{metav1.DryRunAll})
		s.wantDenied("delete "+state+", "+deletion.about, err, harness.OrphanPolicy, want)
	}
}

// TestOrphanPolicy: no way to delete a LongLivedCanary leaves its pods behind.
func TestOrphanPolicy(t *testing.T) {
	needsControlPlane(t)
	s := shared(t)
	canaries := s.Dynamic.Resource(harness.Canaries).Namespace(s.ns)
	_, err := canaries.Create(s.ctx, object(canary), metav1.CreateOptions{})
	s.must(err)

	s.tryDeletions("one", orphanDeletions, refusedOrphans)
	s.tryDeletions("one", plainDeletions, "")
	s.tryDeletions("one", otherDeletions, "")
	_, err = s.Kubectl(s.ctx, "", "delete", "llc", canary, "-n", s.ns, "--cascade=orphan")
	if want := "denied request: " + refusedOrphans; err == nil || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("kubectl delete --cascade=orphan: %v\nwant %s", err, want)
	}

	mark := `{"metadata":{"finalizers":["example.com/a","orphan"]}}`
	s.wantDenied("the finalizer", mergeCanary(s.ctx, canaries, mark), harness.OrphanPolicy, refusedFinalizer)
	_, err = canaries.Create(s.ctx, object("born", "orphan"), metav1.CreateOptions{})
	s.wantDenied("born with the finalizer", err, harness.OrphanPolicy, refusedFinalizer)
	other := `{"metadata":{"finalizers":["example.com/a"]}}`
	s.wantDenied("another finalizer", mergeCanary(s.ctx, canaries, other), harness.OrphanPolicy, "")
	none := `{"metadata":{"finalizers":null}}`
	s.wantDenied("no finalizer", mergeCanary(s.ctx, canaries, none), harness.OrphanPolicy, "")

	// One that was marked before the policy came can be changed, healed and deleted.
	restore, err := s.WithoutOrphanPolicy(s.ctx, s.ns)
	s.must(err)
	s.tryDeletions("without the policy", slices.Concat(orphanDeletions, plainDeletions, otherDeletions), "")
	err = mergeCanary(s.ctx, canaries, `{"metadata":{"finalizers":["orphan"]}}`)
	s.must(errors.Join(err, restore()))
	s.tryDeletions("one that is marked", slices.Concat(orphanDeletions, plainDeletions), refusedOrphans)
	s.tryDeletions("one that is marked", otherDeletions, "")
	s.wantDenied("a marked one", mergeCanary(s.ctx, canaries, `{"spec":{"replicas":2}}`), harness.OrphanPolicy, "")
	s.wantDenied("healing", mergeCanary(s.ctx, canaries, none), harness.OrphanPolicy, "")
	s.wantDenied("the finalizer again", mergeCanary(s.ctx, canaries, mark), harness.OrphanPolicy, refusedFinalizer)
}

// TestQuarantinePolicy: the shipped NetworkPolicy selects quarantined pods,
// all of them and no others, and allows nothing.
func TestQuarantinePolicy(t *testing.T) {
	needsControlPlane(t)
	s := shared(t)
	s.kubectl("apply", "-k", "config/network-policy")
	policy, err := s.Kube.NetworkingV1().NetworkPolicies(s.ns).Get(s.ctx, "llc-quarantine", metav1.GetOptions{})
	s.must(err)
	if len(policy.Spec.PolicyTypes) != 2 || len(policy.Spec.Ingress)+len(policy.Spec.Egress) != 0 {
		t.Errorf("the policy must close both ways: %+v", policy.Spec)
	}
	for name, labels := range map[string]map[string]string{
		"production":  {"app": demo, harness.HashLabel: "a"},
		"held":        {"argo-canary.dev/role": "canary"},
		"quarantined": {"argo-canary.dev/role": "canary", "argo-canary.dev/quarantined": "a"},
		"again":       {"argo-canary.dev/quarantined": ""},
	} {
		_, err := s.Kube.CoreV1().Pods(s.ns).Create(s.ctx, &corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{Name: name, Labels: labels},
			Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "a", Image: "a"}}},
		}, metav1.CreateOptions{})
		s.must(err)
	}
	selected, err := s.Kube.CoreV1().Pods(s.ns).List(s.ctx,
		metav1.ListOptions{LabelSelector: metav1.FormatLabelSelector(&policy.Spec.PodSelector)})
	s.must(err)
	if got := podNames(selected.Items); got != "again quarantined" {
		t.Errorf("it selects the pods %q", got)
	}
}
