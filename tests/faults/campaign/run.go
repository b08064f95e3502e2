package campaign

import (
	"context"
	"errors"
	"fmt"
	"time"

	"llc.test/e2e/harness"
	"llc.test/faults/observer"
	"llc.test/faults/proxy"
	"llc.test/faults/scenario"
)

// relistInterval is the consistency relist of the tests.
const relistInterval = 10 * time.Second

const (
	settleLimit = 60 * time.Second       // for what comes before the change
	restBefore  = 300 * time.Millisecond // without a change before the change
	restAfter   = 2 * time.Second        // without one after it
	lookPause   = 20 * time.Millisecond  // between two looks at what the observer has
)

// Run is what happened in one plan.
type Run struct {
	Plan     Plan
	Family   *Family
	Fired    bool          // every fault of the plan happened
	Problems []string      // nil = passed
	Converge time.Duration // from the last trouble to the end state
	Took     time.Duration
	Artefact string // folder, of a failed run

	arrived     bool // in the end state
	digest      observer.Digest
	exchanges   []proxy.Exchange
	events      []proxy.WatchEvent
	starts      int // of controllers while the plan was armed
	descriptors int // that were open in the controller at the end
	armed       time.Time
	acted       time.Time // the change is done
	until       time.Time // the faults acted
	end         time.Time
}

func (r *Run) complain(format string, args ...any) {
	r.Problems = append(r.Problems, fmt.Sprintf(format, args...))
}

// theatre is one run under way: a stage, the controllers, the proxy between
// them and the API server, and the observer.
type theatre struct {
	*Run
	*scenario.Stage
	scene    scenario.Scenario
	fleet    *fleet
	proxy    *proxy.Proxy
	observer *observer.Observer
}

// perform runs a plan. An error means that it could not be run, not that the
// controller failed.
func (c *Campaign) perform(ctx context.Context, plan Plan, calm time.Duration) (*Run, error) {
	calm = max(calm, FamilyOf(plan).Calm)
	scene, err := scenario.Find(plan.Scenario)
	if err != nil {
		return nil, err
	}
	stage, err := c.stages.take(ctx)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	t := &theatre{Run: &Run{Plan: plan, Family: FamilyOf(plan)}, Stage: stage, scene: scene}
	defer c.stages.strike(stage)
	if err := t.open(ctx, c.controllerFlags()); err != nil {
		return nil, fmt.Errorf("%s: before the change: %w", plan, err)
	}
	defer t.close()
	if err := t.play(ctx, calm); err != nil {
		return nil, fmt.Errorf("%s: %w", plan, err)
	}
	t.judge(c.lessons[plan.Scenario])
	t.Took = time.Since(began)
	return t.Run, t.keep(c.cluster.Out)
}

// open starts everything and brings the canary to rest.
func (t *theatre) open(ctx context.Context, flags []string) (err error) {
	t.observer, err = observer.New(observer.Config{Admin: t.Admin, Namespace: t.Namespace})
	if err != nil {
		return err
	}
	if err := t.observer.Start(context.WithoutCancel(ctx)); err != nil {
		return err
	}
	if t.proxy, err = proxy.Start(proxy.Options{Server: t.Admin.Host, CA: t.Admin.CAData}); err != nil {
		return err
	}
	kubeconfig, err := t.ControllerKubeconfig(ctx, t.Namespace, harness.Endpoint(t.proxy.Endpoint()))
	if err != nil {
		return err
	}
	t.fleet = &fleet{cluster: t.Cluster, observer: t.observer, kubeconfig: kubeconfig, namespace: t.Namespace, flags: flags}
	t.Controllers = t.fleet
	if err := errors.Join(t.fleet.start(), t.fleet.awaitReady(ctx)); err != nil {
		return err
	}
	if t.scene.Replicas == 0 {
		return nil
	}
	if err := t.Create(ctx, t.scene.Replicas); err != nil {
		return err
	}
	return t.rest(ctx, t.scene.Rest(), settleLimit)
}

// rest waits until the canary is as wanted and nothing changes any more.
func (t *theatre) rest(ctx context.Context, want scenario.End, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	err := harness.Await(ctx, limit, "the canary", func() error { return want.Check(t.observer.State()) })
	if err != nil {
		return err
	}
	return t.observer.Quiet(ctx, restBefore)
}

func (t *theatre) close() {
	t.fleet.stop()
	t.proxy.Close()
	t.observer.Stop()
}

// slow is the reason that the observer is given for a time in which the
// faults keep the controller from knowing, or from acting.
const slow = "the faults hold it up"

// play makes the change under faults and waits for the end.
func (t *theatre) play(ctx context.Context, calm time.Duration) error {
	if t.Plan.Restart {
		t.observer.Absent(killed)
		t.fleet.down()
	}
	if t.Family.HoldsUp {
		t.observer.Absent(slow)
	}
	t.armed = time.Now()
	err := t.proxy.Arm(t.Plan.Faults, proxy.Hooks{Kill: t.fleet.kill, Term: t.fleet.terminate})
	if err != nil {
		return err
	}
	acting := make(chan error, 1)
	go func() { acting <- t.scene.Act(ctx, t.Stage) }()
	if t.Plan.Restart {
		if err := t.fleet.start(); err != nil {
			t.complain("it does not start: %v", err)
		}
		t.observer.Present(killed)
	}
	if err := <-acting; err != nil {
		return fmt.Errorf("the change: %w", err)
	}
	t.acted = time.Now()
	t.awaitEnd(ctx, calm)
	t.Fired = len(t.proxy.Fired()) == len(t.Plan.Faults)
	t.finish()
	return nil
}

// awaitEnd waits until the end state has come and stays.
func (t *theatre) awaitEnd(ctx context.Context, calm time.Duration) {
	for {
		reason := t.scene.End.Check(t.observer.State())
		if reason == nil {
			t.Converge = max(0, time.Since(t.lastTrouble()))
			t.observer.Present(slow)
			limit, cancel := context.WithTimeout(ctx, calm+2*relistInterval)
			err := t.observer.Quiet(limit, calm)
			cancel()
			if err == nil {
				reason = t.scene.End.Check(t.observer.State())
			}
			switch {
			case err != nil:
				t.complain("in the end state it does not come to rest: %v", err)
				return
			case reason == nil:
				t.arrived = true
				return
			}
		}
		if trouble := t.lastTrouble(); time.Since(trouble) > t.Family.Within {
			t.complain("the end state has not come %s after the last trouble: %v", t.Family.Within, reason)
			return
		}
		select {
		case <-ctx.Done():
			t.complain("%v", ctx.Err())
			return
		case <-time.After(lookPause):
		}
	}
}

// lastTrouble is when the change was done, a controller had to start, or a
// fault last acted.
func (t *theatre) lastTrouble() time.Time {
	last := t.acted
	for _, at := range []time.Time{t.fleet.lastStart(), t.proxy.ActsUntil()} {
		if at.After(last) {
			last = at
		}
	}
	return last
}

// finish ends the controllers and takes down what was seen.
func (t *theatre) finish() {
	t.end, t.until = time.Now(), t.proxy.ActsUntil()
	t.exchanges, t.events = t.proxy.Exchanges(), t.proxy.Events()
	t.descriptors = t.fleet.descriptors()
	t.starts = t.fleet.startsSince(t.armed)
	t.digest = t.observer.Digest()
	t.observer.Heard(t.log())
	for _, violation := range t.observer.Violations() {
		t.complain("%s", violation)
	}
	if err := t.observer.Err(); err != nil {
		t.complain("the observer: %v", err)
	}
	t.Problems = append(t.Problems, t.fleet.stop()...)
}
