package campaign

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"llc.test/e2e/harness"
	"llc.test/faults/observer"
	"llc.test/faults/proxy"
	"llc.test/faults/scenario"
)

const (
	settleLimit = 60 * time.Second       // for what comes before the change
	restBefore  = 300 * time.Millisecond // without a change before the change
	restAfter   = 2 * time.Second        // without one after it
	lookPause   = 20 * time.Millisecond  // between two looks at what the observer has
	nudgeAfter  = 5 * time.Second        // the faults are over: what is not spoiled is right by then
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
	nudged      time.Time // what was spoiled was changed
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
	lesson   *Lesson // nil while it is being learned
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
	t := &theatre{Run: &Run{Plan: plan, Family: FamilyOf(plan)}, Stage: stage, scene: scene, lesson: c.lessons[plan.Scenario]}
	defer c.stages.strike(stage)
	if err := t.open(ctx); err != nil {
		return nil, fmt.Errorf("%s: before the change: %w", plan, err)
	}
	defer t.close()
	if err := t.play(ctx, calm); err != nil {
		return nil, fmt.Errorf("%s: %w", plan, err)
	}
	t.judge(t.lesson)
	t.Took = time.Since(began)
	return t.Run, t.keep(c.cluster.Out)
}

// open starts everything and brings the canary to rest.
func (t *theatre) open(ctx context.Context) (err error) {
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
	if err := t.makeFleet(ctx); err != nil {
		return err
	}
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

// makeFleet prepares for controllers that go through the proxy.
func (t *theatre) makeFleet(ctx context.Context) error {
	kubeconfig, err := t.ControllerKubeconfig(ctx, t.Namespace, harness.Endpoint(t.proxy.Endpoint()))
	if err != nil {
		return err
	}
	t.fleet = &fleet{cluster: t.Cluster, observer: t.observer, kubeconfig: kubeconfig, namespace: t.Namespace,
		flags: t.Family.flags()}
	t.Controllers = t.fleet
	return nil
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
	if err := t.proxy.Arm(t.Plan.Faults, proxy.Hooks{Kill: t.fleet.kill, Term: t.fleet.terminate}); err != nil {
		return err
	}
	if err := t.scene.Act(ctx, t.Stage); err != nil {
		return fmt.Errorf("the change: %w", err)
	}
	if t.Plan.Restart {
		if err := t.fleet.start(); err != nil {
			t.complain("it does not start: %v", err)
		}
		t.observer.Present(killed)
	}
	t.acted = time.Now()
	t.awaitEnd(ctx, calm)
	t.Fired = len(t.proxy.Fired()) == len(t.Plan.Faults)
	t.finish()
	return nil
}

// awaitEnd waits until the end state has come and stays.
func (t *theatre) awaitEnd(ctx context.Context, calm time.Duration) {
	nudge := t.Family.Nudge
	for {
		reason := t.checkEnd()
		if reason == nil {
			t.Converge = t.ownTime()
			limit, cancel := context.WithTimeout(ctx, calm+2*relistInterval)
			err := t.observer.Quiet(limit, calm)
			cancel()
			if err == nil {
				reason = t.checkEnd()
			}
			switch {
			case err != nil:
				t.complain("in the end state it does not come to rest: %v", err)
				return
			case reason == nil:
				t.arrived = true
				t.observer.Present(slow)
				return
			}
		}
		if took := t.ownTime(); took > t.within() {
			t.complain("the end state has not come %s after the last trouble: %v", took.Round(time.Millisecond), reason)
			return
		}
		if nudge && reason != nil && time.Now().After(t.proxy.ActsUntil().Add(nudgeAfter)) {
			nudge, t.nudged = false, time.Now()
			if err := t.Nudge(ctx); err != nil {
				t.complain("a change to what was spoiled: %v", err)
			}
		}
		select {
		case <-ctx.Done():
			t.complain("%v", ctx.Err())
			return
		case <-time.After(lookPause):
		}
	}
}

// checkEnd is nil when the end state is there, and the same as without faults.
func (t *theatre) checkEnd() error {
	err := t.scene.End.Check(t.observer.State())
	if err != nil || t.lesson == nil {
		return err
	}
	here, there := observer.Digest{End: t.observer.Digest().End}, observer.Digest{End: t.lesson.digest.End}
	if lines := here.Differences(there); len(lines) > 0 {
		return fmt.Errorf("unlike the end without faults: %s", strings.Join(lines, "; "))
	}
	return nil
}

// within is the family's bound, and what the scenario takes by itself.
func (t *theatre) within() time.Duration {
	if t.lesson == nil {
		return t.Family.Within
	}
	return t.Family.Within + t.lesson.converge
}

// ownTime is how long the controller has had since the last trouble; what it
// waited for others is not counted, up to a limit.
func (t *theatre) ownTime() time.Duration {
	now, trouble := time.Now(), t.lastTrouble()
	took := now.Sub(trouble)
	if took > t.within()+hardLimit || took < promptAnswer {
		return max(0, took)
	}
	return outside(trouble, now, excuses(t.proxy.Exchanges(), t.observer.History(), now))
}

// lastTrouble is when something was changed, a controller had to start, or a
// fault last acted.
func (t *theatre) lastTrouble() time.Time {
	last := t.acted
	for _, at := range []time.Time{t.nudged, t.fleet.lastStart(), t.proxy.ActsUntil()} {
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
	t.observer.Excuse(excuses(t.exchanges, t.observer.History(), t.end)...)
	for _, violation := range t.observer.Violations() {
		if violation.Rule != t.scene.Excused && violation.Rule != t.Family.excused {
			t.complain("%s", violation)
		}
	}
	if err := t.observer.Err(); err != nil {
		t.complain("the observer: %v", err)
	}
	t.Problems = append(t.Problems, t.fleet.stop()...)
}
