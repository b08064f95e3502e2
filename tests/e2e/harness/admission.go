package harness

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/util/retry"
)

// OrphanPolicy is the last one that Install applies.
const OrphanPolicy = "llc-no-orphan-deletion"

// policyLag is how long the API server may take to see that a policy or a
// binding has changed: it looks once a second.
const policyLag = 20 * time.Second

// WithoutOrphanPolicy takes one namespace out of the policy that refuses
// orphan deletion, and returns when that is so. The test that calls it calls
// restore, which waits as well.
func (c *Cluster) WithoutOrphanPolicy(ctx context.Context, namespace string) (restore func() error, err error) {
	if err := c.excludeFromOrphanPolicy(ctx, namespace, true); err != nil {
		return nil, err
	}
	restore = func() error { return c.excludeFromOrphanPolicy(ctx, namespace, false) }
	return restore, nil
}

// excludeFromOrphanPolicy is careful with the exceptions of other tests.
func (c *Cluster) excludeFromOrphanPolicy(ctx context.Context, namespace string, exclude bool) error {
	bindings := c.Kube.AdmissionregistrationV1().ValidatingAdmissionPolicyBindings()
	err := retry.RetryOnConflict(retry.DefaultBackoff, func() error {
		binding, err := bindings.Get(ctx, OrphanPolicy, metav1.GetOptions{})
		if err != nil {
			return err
		}
		excluded := excludedNamespaces(binding)
		if exclude {
			excluded = append(excluded, namespace)
		} else {
			excluded = slices.DeleteFunc(excluded, func(name string) bool { return name == namespace })
		}
		binding.Spec.MatchResources = allNamespacesBut(excluded)
		_, err = bindings.Update(ctx, binding, metav1.UpdateOptions{})
		return err
	})
	if err != nil {
		return err
	}
	return c.awaitOrphanPolicy(ctx, namespace, !exclude)
}

func excludedNamespaces(binding *admissionv1.ValidatingAdmissionPolicyBinding) []string {
	match := binding.Spec.MatchResources
	if match == nil || match.NamespaceSelector == nil || len(match.NamespaceSelector.MatchExpressions) == 0 {
		return nil
	}
	return match.NamespaceSelector.MatchExpressions[0].Values
}

func allNamespacesBut(excluded []string) *admissionv1.MatchResources {
	if len(excluded) == 0 {
		return nil
	}
	return &admissionv1.MatchResources{NamespaceSelector: &metav1.LabelSelector{
		MatchExpressions: []metav1.LabelSelectorRequirement{{
			Key: "kubernetes.io/metadata.name", Operator: metav1.LabelSelectorOpNotIn, Values: excluded,
		}},
	}}
}

// awaitOrphanPolicy tries what the policy forbids, without doing it. llc-sim
// keeps policies and enforces none.
func (c *Cluster) awaitOrphanPolicy(ctx context.Context, namespace string, want bool) error {
	if c.Simulated() {
		return nil
	}
	probe := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": Canaries.GroupVersion().String(),
		"kind":       "LongLivedCanary",
		"metadata":   map[string]any{"name": "policy-probe", "finalizers": []any{"orphan"}},
		"spec":       map[string]any{"rolloutRef": map[string]any{"name": "none"}, "image": "none"},
	}}
	return Await(ctx, policyLag, "policy "+OrphanPolicy, func() error {
		_, err := c.Dynamic.Resource(Canaries).Namespace(namespace).Create(ctx, probe,
			metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
		switch {
		case err != nil && !IsDenied(err, OrphanPolicy, ""):
			return err
		case (err != nil) != want:
			return fmt.Errorf("applies in namespace %s: %t, want %t", namespace, err != nil, want)
		}
		return nil
	})
}

// IsDenied says whether that policy refused a request, with that message
// unless it is empty.
func IsDenied(err error, policy, message string) bool {
	var status interface{ Status() metav1.Status }
	if !errors.As(err, &status) || status.Status().Reason != metav1.StatusReasonForbidden {
		return false
	}
	_, said, found := strings.Cut(err.Error(), fmt.Sprintf(
		"ValidatingAdmissionPolicy '%s' with binding '%s' denied request: ", policy, policy))
	return found && (message == "" || said == message)
}
