package scenario

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"

	"llc.test/e2e/harness"
)

// Stage is one namespace with production in it. Every run has one of its own.
type Stage struct {
	*harness.Cluster
	Namespace   string
	Controllers Controllers // nil = nobody runs any

	rolloutUID types.UID
}

// Controllers are those of a run.
type Controllers interface {
	StartNext(context.Context) error // beside the one that runs
	StopFirst(context.Context) error // by SIGTERM; the next one stays
}

// NewStage makes the namespace and production in it, and returns when
// production is ready.
func NewStage(ctx context.Context, cluster *harness.Cluster, namespace string) (*Stage, error) {
	s, err := NewEmptyStage(ctx, cluster, namespace)
	if err != nil {
		return nil, err
	}
	return s, s.Produce(ctx)
}

// NewEmptyStage makes the namespace.
func NewEmptyStage(ctx context.Context, cluster *harness.Cluster, namespace string) (*Stage, error) {
	s := &Stage{Cluster: cluster, Namespace: namespace}
	_, err := s.Kube.CoreV1().Namespaces().Create(ctx,
		&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}}, metav1.CreateOptions{})
	if err != nil {
		return nil, err
	}
	// Without its ServiceAccount the first pods are refused, and tried again late.
	accounts := schema.GroupVersionResource{Version: "v1", Resource: "serviceaccounts"}
	return s, s.await(ctx, accounts, "default", func(*unstructured.Unstructured) error { return nil })
}

// Strike takes everything away that costs the cluster something: pods, and
// what would make new ones. The empty namespace stays: to delete it, the API
// server and the namespace controller go through every kind there is.
func (s *Stage) Strike(ctx context.Context) error {
	now, background := int64(0), metav1.DeletePropagationBackground
	var failed error
	for _, kind := range []schema.GroupVersionResource{harness.Canaries, harness.Rollouts, replicaSets, services, pods} {
		options := metav1.DeleteOptions{PropagationPolicy: &background}
		if kind == pods {
			options.GracePeriodSeconds = &now
		}
		failed = errors.Join(failed, s.Dynamic.Resource(kind).Namespace(s.Namespace).
			DeleteCollection(ctx, options, metav1.ListOptions{}))
	}
	return failed
}

// merge applies a merge patch.
func (s *Stage) merge(ctx context.Context, kind schema.GroupVersionResource, name string, patch map[string]any,
	subresources ...string) (*unstructured.Unstructured, error) {
	text, err := json.Marshal(patch)
	if err != nil {
		return nil, err
	}
	return s.Dynamic.Resource(kind).Namespace(s.Namespace).Patch(ctx, name, types.MergePatchType, text,
		metav1.PatchOptions{}, subresources...)
}

// await watches one object until check is nil; it need not exist yet.
func (s *Stage) await(ctx context.Context, kind schema.GroupVersionResource, name string,
	check func(*unstructured.Unstructured) error) error {
	// A watch from nowhere begins with what there is.
	return s.follow(ctx, kind, name, "", func(event watch.EventType, object *unstructured.Unstructured) error {
		if event == watch.Deleted {
			return errors.New("it is gone")
		}
		return check(object)
	})
}

// awaitGone waits until the object of that name is gone.
func (s *Stage) awaitGone(ctx context.Context, kind schema.GroupVersionResource, name string) error {
	object, err := s.Dynamic.Resource(kind).Namespace(s.Namespace).Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	return s.follow(ctx, kind, name, object.GetResourceVersion(),
		func(event watch.EventType, _ *unstructured.Unstructured) error {
			if event != watch.Deleted {
				return errors.New("it is still there")
			}
			return nil
		})
}

// follow watches one object from a resourceVersion on until check is nil.
func (s *Stage) follow(ctx context.Context, kind schema.GroupVersionResource, name, version string,
	check func(watch.EventType, *unstructured.Unstructured) error) error {
	last := errors.New("nothing was heard of it")
	for {
		changes, err := s.Dynamic.Resource(kind).Namespace(s.Namespace).Watch(ctx, metav1.ListOptions{
			FieldSelector:   fields.OneTermEqualSelector("metadata.name", name).String(),
			ResourceVersion: version,
		})
		if err != nil {
			return fmt.Errorf("%s %s: %w (last: %w)", kind.Resource, name, err, last)
		}
		for change := range changes.ResultChan() {
			object, ok := change.Object.(*unstructured.Unstructured)
			if !ok || object.GetName() != name {
				continue // the watch ends
			}
			version = object.GetResourceVersion()
			if last = check(change.Type, object); last == nil {
				changes.Stop()
				return nil
			}
		}
		if ctx.Err() != nil {
			return fmt.Errorf("%s %s: %w (last: %w)", kind.Resource, name, ctx.Err(), last)
		}
	}
}

// Nudge changes, of everything that the controller watches, what means nothing
// to anybody: it is sent again.
func (s *Stage) Nudge(ctx context.Context) error {
	touch := map[string]any{"metadata": map[string]any{"annotations": map[string]any{"example.com/nudged": "yes"}}}
	for kind, selector := range map[schema.GroupVersionResource]string{
		harness.Canaries: "", harness.Rollouts: "", services: "", pods: harness.NameLabel,
	} {
		list, err := s.Dynamic.Resource(kind).Namespace(s.Namespace).List(ctx, metav1.ListOptions{LabelSelector: selector})
		if err != nil {
			return err
		}
		for _, object := range list.Items {
			if _, err := s.merge(ctx, kind, object.GetName(), touch); err != nil && !apierrors.IsNotFound(err) {
				return err
			}
		}
	}
	return nil
}
