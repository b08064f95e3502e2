package campaign

import (
	"context"
	"errors"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"llc.test/e2e/harness"
	"llc.test/faults/observer"
	"llc.test/faults/proxy"
	"llc.test/faults/scenario"
)

// AbsentKinds are not faults of the way to the API server but of what it
// serves: a CRD is there for the whole cluster, so these runs are by
// themselves.
var AbsentKinds = &Family{ID: "F-AP3", About: "a CRD that comes late, or goes and comes again", Within: 30 * time.Second,
	plans: func(book) []Plan { return nil }}

// kindPlan takes a CRD away and brings it back.
type kindPlan struct {
	name string
	crd  string
	late bool // it is not there when the controller starts; else it goes later
}

var kindPlans = []kindPlan{
	{"rollouts-late", "rollouts.argoproj.io", true},
	{"rollouts-lost", "rollouts.argoproj.io", false},
	{"canaries-late", "longlivedcanaries.argo-canary.dev", true},
	{"canaries-lost", "longlivedcanaries.argo-canary.dev", false},
}

const (
	absence     = 15 * time.Second // how long the controller has to live with it
	absenceMost = 80               // requests in that time: four lists and a read now and then
)

// KindPlans are the names of plans that are about kinds.
func KindPlans() (names []string) {
	for _, plan := range kindPlans {
		names = append(names, plan.name)
	}
	return names
}

// RunKinds runs one of them, or all if the name is empty; nothing else may run.
func (c *Campaign) RunKinds(ctx context.Context, name string) (*Table, error) {
	c.stages.close() // none is made without a CRD
	table := &Table{Family: AbsentKinds}
	for _, plan := range kindPlans {
		if name != "" && plan.name != name {
			continue
		}
		run, err := c.performKind(ctx, plan)
		if err != nil {
			return table, fmt.Errorf("%s: %w", plan.name, err)
		}
		table.add(run)
		c.tell(run)
	}
	return table, nil
}

func (c *Campaign) performKind(ctx context.Context, plan kindPlan) (*Run, error) {
	began := time.Now()
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	stage, err := scenario.NewEmptyStage(ctx, c.cluster, fmt.Sprintf("kinds-%s-%d", plan.name, began.Unix()))
	if err != nil {
		return nil, err
	}
	defer c.stages.strike(stage)
	t := &theatre{Run: &Run{Plan: Plan{Scenario: plan.name}, Family: AbsentKinds}, Stage: stage}
	if t.observer, err = observer.New(observer.Config{Admin: t.Admin, Namespace: t.Namespace}); err != nil {
		return nil, err
	}
	if t.proxy, err = proxy.Start(proxy.Options{Server: t.Admin.Host, CA: t.Admin.CAData}); err != nil {
		return nil, err
	}
	defer t.proxy.Close()
	if err := t.makeFleet(ctx); err != nil {
		return nil, err
	}
	if err := t.playKind(ctx, plan); err != nil {
		return nil, errors.Join(err, errors.New("the cluster may lack a CRD now"))
	}
	t.exchanges, t.events = t.proxy.Exchanges(), t.proxy.Events()
	t.Problems = append(t.Problems, t.fleet.stop()...)
	t.Took = time.Since(began)
	return t.Run, t.keep(c.cluster.Out)
}

// playKind is the run from the controller's start on.
func (t *theatre) playKind(ctx context.Context, plan kindPlan) error {
	want := scenario.End{Replicas: 2, Image: scenario.FirstImage, Revision: 1}
	if !plan.late {
		if err := errors.Join(t.fleet.start(), t.Produce(ctx), t.Create(ctx, want.Replicas)); err != nil {
			return err
		}
		if err := t.awaitKinds(ctx, want, settleLimit); err != nil {
			return err
		}
	}
	kept, err := t.removeKind(ctx, plan.crd)
	if err != nil {
		return err
	}
	if plan.late {
		if err := t.fleet.start(); err != nil {
			return err
		}
	}
	if err := t.proxy.Arm(nil, proxy.Hooks{}); err != nil {
		return err
	}
	err = harness.Hold(ctx, absence, "the controller", func() error {
		if t.fleet.ended() {
			return errors.New("it has ended")
		}
		return nil
	})
	if err != nil {
		t.complain("without the CRD: %v", err)
	}
	if n := countRequests(t.proxy.Exchanges()); n > absenceMost {
		t.complain("%d requests in %s without the CRD, at most %d", n, absence, absenceMost)
	}
	t.Fired = true
	return t.returnKind(ctx, plan, kept, want)
}

// returnKind brings the CRD and what was lost with it back.
func (t *theatre) returnKind(ctx context.Context, plan kindPlan, kept *unstructured.Unstructured, want scenario.End) error {
	if err := t.restoreKind(ctx, kept); err != nil {
		return err
	}
	switch {
	case plan.late:
		if err := errors.Join(t.Produce(ctx), t.Create(ctx, want.Replicas)); err != nil {
			return err
		}
	case plan.crd == "rollouts.argoproj.io":
		if err := errors.Join(t.AwaitCollected(ctx), t.CreateRollout(ctx, 1)); err != nil {
			return err
		}
	default:
		if err := t.Create(ctx, want.Replicas); err != nil {
			return err
		}
	}
	t.acted = time.Now()
	if err := t.awaitKinds(ctx, want, AbsentKinds.Within); err != nil {
		t.complain("once the CRD is back: %v", err)
	}
	t.Converge = time.Since(t.acted)
	return nil
}

// awaitKinds asks the API server itself: an observer's watches end with a CRD.
func (t *theatre) awaitKinds(ctx context.Context, want scenario.End, limit time.Duration) error {
	return harness.Await(ctx, limit, "the canary", func() error {
		seen, err := t.observer.Look(ctx)
		if err != nil {
			return err
		}
		return want.Check(seen)
	})
}

var definitions = schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"}

// removeKind deletes a CRD and returns what it was.
func (t *theatre) removeKind(ctx context.Context, name string) (*unstructured.Unstructured, error) {
	crds := t.Dynamic.Resource(definitions)
	kept, err := crds.Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return nil, err
	}
	if err := crds.Delete(ctx, name, metav1.DeleteOptions{}); err != nil {
		return nil, err
	}
	return kept, harness.Await(ctx, settleLimit, "the end of CRD "+name, func() error {
		_, err := crds.Get(ctx, name, metav1.GetOptions{})
		if apierrors.IsNotFound(err) {
			return nil
		}
		return errors.Join(err, errors.New("it is there"))
	})
}

// restoreKind creates a CRD again and waits until it is served.
func (t *theatre) restoreKind(ctx context.Context, kept *unstructured.Unstructured) error {
	fresh := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": kept.GetAPIVersion(), "kind": kept.GetKind(), "spec": kept.Object["spec"],
		"metadata": map[string]any{"name": kept.GetName()},
	}}
	if annotations := kept.GetAnnotations(); len(annotations) > 0 {
		fresh.SetAnnotations(annotations)
	}
	if _, err := t.Dynamic.Resource(definitions).Create(ctx, fresh, metav1.CreateOptions{}); err != nil {
		return err
	}
	return t.AwaitCRD(ctx, kept.GetName())
}
