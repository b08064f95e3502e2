package storm

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"math/rand/v2"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"

	"llc.test/e2e/harness"
	"llc.test/faults/observer"
)

// The names in production.yaml and canary.yaml.
const (
	rolloutName = "shop"
	canaryName  = "jdk21"
)

//go:embed production.yaml
var productionManifest string

//go:embed canary.yaml
var canaryManifest string

// plot is one namespace: a Rollout, a canary of it, and who watches both.
type plot struct {
	field     *field
	namespace string
	observer  *observer.Observer
	images    int // how many there were
}

func (f *field) newPlot(ctx context.Context, namespace string, limits observer.Limits) (*plot, error) {
	_, err := f.Kube.CoreV1().Namespaces().Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}}, metav1.CreateOptions{})
	if err != nil {
		return nil, err
	}
	p := &plot{field: f, namespace: namespace}
	if p.observer, err = observer.New(observer.Config{Admin: f.witness, Namespace: namespace, Limits: limits}); err != nil {
		return nil, err
	}
	if err := p.observer.Start(ctx); err != nil {
		return nil, err
	}
	if _, err := f.Kubectl(ctx, productionManifest, "apply", "-n", namespace, "-f", "-"); err != nil {
		return nil, err
	}
	return p, harness.Await(ctx, settleLimit, "Rollout in "+namespace, func() error { return p.checkProduction(ctx) })
}

// checkProduction is nil when Argo has promoted what was asked for last.
func (p *plot) checkProduction(ctx context.Context) error {
	object, err := p.rollouts(p.field.Dynamic).Get(ctx, rolloutName, metav1.GetOptions{})
	if err != nil {
		return err
	}
	observed, _, _ := unstructured.NestedString(object.Object, "status", "observedGeneration")
	if observed != fmt.Sprint(object.GetGeneration()) {
		return fmt.Errorf("Argo has seen generation %q of the Rollout, it is %d", observed, object.GetGeneration())
	}
	rollout, err := harness.DecodeRollout(object.Object)
	if err != nil {
		return err
	}
	return rollout.CheckStable()
}

func (p *plot) applyCanary(ctx context.Context) error {
	_, err := p.field.Kubectl(ctx, canaryManifest, "apply", "-n", p.namespace, "-f", "-")
	return err
}

// canaries and rollouts by way of the API server, or of the witness.
func (p *plot) canaries(by dynamic.Interface) dynamic.ResourceInterface {
	return by.Resource(harness.Canaries).Namespace(p.namespace)
}

func (p *plot) rollouts(by dynamic.Interface) dynamic.ResourceInterface {
	return by.Resource(harness.Rollouts).Namespace(p.namespace)
}

// merge returns the generation that it makes.
func merge(ctx context.Context, into dynamic.ResourceInterface, name, format string, args ...any) (int64, error) {
	object, err := into.Patch(ctx, name, types.MergePatchType, []byte(fmt.Sprintf(format, args...)), metav1.PatchOptions{})
	if err != nil {
		return 0, err
	}
	return object.GetGeneration(), nil
}

// inStep is nil when the controller has seen that generation of the canary
// and has done its part.
func (p *plot) inStep(generation int64) error {
	for _, object := range p.observer.State() {
		if object.Kind == observer.Canaries && object.Generation < generation {
			return fmt.Errorf("generation %d has not arrived here", generation)
		}
	}
	for _, reason := range p.observer.OutOfStep() {
		return errors.New(reason)
	}
	return p.observer.Err()
}

// scale the canary.
func (p *plot) scale(ctx context.Context, by dynamic.Interface, replicas int) (int64, error) {
	return merge(ctx, p.canaries(by), canaryName, `{"spec":{"replicas":%d}}`, replicas)
}

// promote gives production another image; Argo promotes it by itself.
func (p *plot) promote(ctx context.Context, by dynamic.Interface) error {
	p.images++
	_, err := merge(ctx, p.rollouts(by), rolloutName, `{"spec":{"template":{"metadata":{"annotations":{"version":"%d"}}}}}`, p.images)
	return err
}

// rebuild gives the canary another image.
func (p *plot) rebuild(ctx context.Context, by dynamic.Interface) error {
	p.images++
	_, err := merge(ctx, p.canaries(by), canaryName, `{"spec":{"image":"shop:jdk21-%d"}}`, p.images)
	return err
}

// killPod deletes one of the canary's pods, as a person does.
func (p *plot) killPod(ctx context.Context, r *rand.Rand) error {
	pods := p.field.Kube.CoreV1().Pods(p.namespace)
	list, err := pods.List(ctx, metav1.ListOptions{LabelSelector: harness.NameLabel + "=" + canaryName})
	if err != nil || len(list.Items) == 0 {
		return err
	}
	err = pods.Delete(ctx, list.Items[r.IntN(len(list.Items))].Name, metav1.DeleteOptions{})
	if apierrors.IsNotFound(err) { // it went before
		return nil
	}
	return err
}

// replace deletes the canary and applies it again at once.
func (p *plot) replace(ctx context.Context) error {
	if err := p.canaries(p.field.Dynamic).Delete(ctx, canaryName, metav1.DeleteOptions{}); err != nil {
		return err
	}
	return p.applyCanary(ctx)
}

// created are the canary's pods that there ever were.
func (p *plot) created() int {
	return p.observer.Digest().Added["pods of LongLivedCanary "+canaryName]
}

// promotions are the changes of status.stableRS.
func (p *plot) promotions() int {
	stable, changes := "", 0
	for _, c := range p.observer.History() {
		if c.Object.Rollout != nil && c.Object.Rollout.StableRS != stable {
			stable = c.Object.Rollout.StableRS
			changes++
		}
	}
	return max(changes-1, 0) // the first is none
}
