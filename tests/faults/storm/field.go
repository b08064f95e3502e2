package storm

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"

	"llc.test/e2e/harness"
	"llc.test/faults/observer"
)

// settleLimit is how long it may take, once a storm is over, until all is as
// asked for: Argo Rollouts and the others come back with a back-off of their
// own.
const settleLimit = 2 * time.Minute

// field is where a storm happens: a cluster with a witness, and plots.
type field struct {
	Options
	*harness.Cluster
	witness    *rest.Config
	direct     dynamic.Interface // by way of the witness
	audit      *harness.Audit
	kubeconfig string
	flags      []string // of the controller
	plots      []*plot
	controller *harness.Controller
	lives      []time.Time // when each controller was started
}

func prepare(ctx context.Context, name string, opt Options) (*field, error) {
	cluster, err := harness.UpCluster("storm-"+name, opt.Root)
	if err != nil {
		return nil, err
	}
	f := &field{Options: opt, Cluster: cluster}
	if err := f.equip(ctx); err != nil {
		return nil, errors.Join(err, f.end())
	}
	return f, nil
}

func (f *field) equip(ctx context.Context) error {
	var err error
	if err = f.Install(ctx); err != nil {
		return err
	}
	if f.witness, err = f.Witness(); err != nil {
		return err
	}
	if f.direct, err = dynamic.NewForConfig(f.witness); err != nil {
		return err
	}
	if f.audit, err = harness.OpenAudit(f.AuditLog); err != nil {
		return err
	}
	f.kubeconfig, err = f.ControllerKubeconfig(ctx, "controller", harness.Endpoint{})
	return err
}

func (f *field) end() error {
	if f.controller != nil && !f.controller.Ended() {
		f.controller.Kill()
	}
	for _, p := range f.plots {
		p.observer.Stop()
	}
	return f.Down()
}

// settle adds plots and waits until their canaries are ready.
func (f *field) settle(ctx context.Context, plots int, limits observer.Limits) error {
	for i := range plots {
		p, err := f.newPlot(ctx, fmt.Sprintf("plot-%d", i), limits)
		if err != nil {
			return err
		}
		f.plots = append(f.plots, p)
	}
	if err := f.start(); err != nil {
		return err
	}
	for _, p := range f.plots {
		if err := p.applyCanary(ctx); err != nil {
			return err
		}
	}
	return f.awaitSettled(ctx)
}

// start starts the controller; it can act once it is ready.
func (f *field) start() error {
	var namespaces []string
	for _, p := range f.plots {
		namespaces = append(namespaces, p.namespace)
	}
	f.lives = append(f.lives, time.Now())
	ctl, err := f.StartController(harness.ControllerOptions{Name: "controller", Kubeconfig: f.kubeconfig, Namespaces: namespaces, Args: f.flags})
	f.controller = ctl
	return err
}

// kill is kill -9; what ended before by itself is an error.
func (f *field) kill() error {
	if f.controller.Ended() {
		return fmt.Errorf("the controller ended by itself:\n%s", f.controller.LogTail(40))
	}
	f.controller.Kill()
	return f.controller.SanitizerReport()
}

func (f *field) absent(why string) {
	for _, p := range f.plots {
		p.observer.Absent(why)
	}
}

func (f *field) present(why string) {
	for _, p := range f.plots {
		p.observer.Present(why)
	}
}

// everywhere are the reasons of all plots.
func (f *field) everywhere(reasons func(*observer.Observer) []string) error {
	var all []error
	for _, p := range f.plots {
		for _, reason := range reasons(p.observer) {
			all = append(all, fmt.Errorf("%s %s", p.namespace, reason))
		}
		all = append(all, p.observer.Err())
	}
	return errors.Join(all...)
}

func (f *field) awaitSettled(ctx context.Context) error {
	return harness.Await(ctx, settleLimit, "all is as asked for", func() error {
		for _, p := range f.plots {
			if err := p.checkProduction(ctx); err != nil {
				return fmt.Errorf("%s: %w", p.namespace, err)
			}
		}
		return f.everywhere((*observer.Observer).Unsettled)
	})
}

// verdict waits for the end state, wants it right and quiet, and judges every
// revision on the way.
func (f *field) verdict(ctx context.Context) error {
	err := f.awaitSettled(ctx)
	quiet, cancel := context.WithTimeout(ctx, settleLimit)
	defer cancel()
	for _, p := range f.plots {
		err = errors.Join(err, p.observer.Quiet(quiet, 2*time.Second))
	}
	if err == nil {
		err = f.holdStill(ctx)
	}
	return errors.Join(err, f.judge())
}

// holdStill wants nothing written for a while.
func (f *field) holdStill(ctx context.Context) error {
	began := time.Now()
	if f.Still == 0 || !wait(ctx, f.Still) {
		return ctx.Err()
	}
	events, err := f.byController()
	if err != nil {
		return err
	}
	for _, e := range events {
		if e.IsWrite() && e.Received.After(began) {
			return fmt.Errorf("all was quiet, and then: %s", &e)
		}
	}
	f.Say("quiet for %s: 0 writes", f.Still)
	return nil
}

func (f *field) byController() ([]harness.AuditEvent, error) {
	return f.audit.Select(harness.ByController(""))
}

// judge gives each observer the audit log of its namespace and prints what
// there is to say.
func (f *field) judge() error {
	events, err := f.byController()
	if err != nil {
		return err
	}
	revisions, violations := 0, []error{}
	for _, p := range f.plots {
		mine := slices.DeleteFunc(slices.Clone(events), func(e harness.AuditEvent) bool { return e.ObjectRef.Namespace != p.namespace })
		p.observer.Heard(observer.Log{Requests: observer.FromAudit(mine)})
		for _, v := range p.observer.Violations() {
			violations = append(violations, fmt.Errorf("%s: %s", p.namespace, v))
		}
		violations = append(violations, p.observer.Err())
		revisions += len(p.observer.History())
		f.Say("%s: %d revisions, %d pods of canaries created, %d promotions", p.namespace, len(p.observer.History()), p.created(), p.promotions())
	}
	err = errors.Join(violations...)
	f.Say("%d revisions judged, %s", revisions, f.progress(events))
	return err
}

// progress counts the writes that were committed, and the lives of the
// controller in which there were some.
func (f *field) progress(events []harness.AuditEvent) string {
	writes, lives := f.writes(events)
	return fmt.Sprintf("%d writes of the controller in %d of its %d lives", writes, lives, len(f.lives))
}

func (f *field) writes(events []harness.AuditEvent) (writes, lives int) {
	busy := map[int]bool{}
	for _, e := range events {
		if !e.IsWrite() || e.ResponseStatus.Code >= 300 {
			continue
		}
		writes++
		life, _ := slices.BinarySearchFunc(f.lives, e.Received, time.Time.Compare)
		busy[life] = true
	}
	return writes, len(busy)
}
