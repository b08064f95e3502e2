package storm

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"llc.test/e2e/harness"
	"llc.test/faults/observer"
)

// stepLimit is how long the controller may take to be in step again once
// there is a server that answers.
const stepLimit = 15 * time.Second

// struckLimits are for who has to find a server again first.
var struckLimits = observer.Limits{Surplus: stepLimit, Drift: stepLimit, Untruthful: stepLimit}

// noConsistency leaves the controller to its watches.
var noConsistency = []string{"--consistency-relist-interval", "0"}

// strikes are what becomes of one blow after the other in a promotion.
type strikes struct {
	*field
	plot  *plot
	times []time.Duration // until in step again
	lists map[string]int  // the most of one strike, by kind

	cut      bool // the blow cuts every watch
	mustList bool // the blow takes the past of every kind away
}

func (f *field) strikes(ctx context.Context, cut bool) (*strikes, error) {
	f.flags = noConsistency
	if err := f.settle(ctx, 1, struckLimits); err != nil {
		return nil, err
	}
	return &strikes{field: f, plot: f.plots[0], lists: map[string]int{}, cut: cut}, nil
}

// strike begins a promotion and has every canary pod replaced, has blow do its
// work in the middle of both, and then, when the server is there again, asks
// for something new and measures until it is so. Blow returns when the server
// answers again.
func (s *strikes) strike(ctx context.Context, n int, blow func() error) error {
	r := s.random(uint64(n))
	if err := errors.Join(s.plot.promote(ctx, s.direct), s.plot.rebuild(ctx, s.direct)); err != nil {
		return err
	}
	if !wait(ctx, between(r, 0, 3*time.Second)) {
		return ctx.Err()
	}
	audit, err := harness.OpenAudit(s.AuditLog)
	if err != nil {
		return err
	}
	s.mustList = false
	struck := time.Now()
	s.absent("struck")
	if err := blow(); err != nil {
		return fmt.Errorf("strike %d: %w", n, err)
	}
	s.present("struck")
	began := time.Now()
	generation, err := s.plot.scale(ctx, s.direct, 1+n%4)
	if err != nil {
		return err
	}
	err = harness.Await(ctx, stepLimit, "back in step", func() error { return s.plot.inStep(generation) })
	if err != nil {
		return fmt.Errorf("strike %d: %w\n%s", n, err, s.controller.LogTail(20))
	}
	s.times = append(s.times, time.Since(began))
	if s.cut {
		if err := s.reviveOthers(); err != nil {
			return err
		}
	}
	if err := errors.Join(s.awaitSettled(ctx), s.awaitWatches(ctx, audit, struck)); err != nil {
		return fmt.Errorf("strike %d: %w", n, err)
	}
	return s.countLists(n, audit)
}

// reviveOthers starts anew who would come back late: they are not who is
// judged.
func (s *strikes) reviveOthers() error {
	for _, component := range []string{"kube-controller-manager", "kube-scheduler", "rollouts-controller"} {
		if err := errors.Join(s.Control("stop", component, "--kill"), s.Control("start", component)); err != nil {
			return err
		}
	}
	return nil
}

// watched are the kinds that the controller keeps up with.
var watched = []string{"longlivedcanaries", "pods", "rollouts", "services"}

// awaitWatches waits until the controller watches every kind again: a watch is
// in the log when it begins.
func (s *strikes) awaitWatches(ctx context.Context, audit *harness.Audit, since time.Time) error {
	if !s.cut {
		return nil
	}
	return harness.Await(ctx, settleLimit, "the controller's watches", func() error {
		events, err := audit.Select(func(e *harness.AuditEvent) bool {
			return harness.ByController("")(e) && e.Verb == "watch" && e.Received.After(since) && e.ResponseStatus.Code == 200
		})
		for _, kind := range watched {
			if !slices.ContainsFunc(events, func(e harness.AuditEvent) bool { return e.ObjectRef.Resource == kind }) {
				err = errors.Join(err, fmt.Errorf("%s are not watched", kind))
			}
		}
		return err
	})
}

// countLists wants one list of each watched kind at most.
func (s *strikes) countLists(n int, audit *harness.Audit) error {
	events, err := audit.Select(func(e *harness.AuditEvent) bool {
		return harness.ByController("")(e) && e.Verb == "list" && e.ResponseStatus.Code == 200
	})
	if err != nil {
		return err
	}
	lists := observer.Relists(observer.FromAudit(events))
	for _, kind := range watched {
		s.lists[kind] = max(s.lists[kind], lists[kind])
		if lists[kind] > 1 {
			err = fmt.Errorf("strike %d: %s were listed %d times", n, kind, lists[kind])
		}
		if s.mustList && lists[kind] != 1 {
			err = fmt.Errorf("strike %d: %s were listed %d times after their past was gone", n, kind, lists[kind])
		}
	}
	s.Say("strike %d: in step after %s; lists %v", n, s.times[len(s.times)-1].Round(time.Millisecond), lists)
	return err
}

// report is the table of a storm of strikes.
func (s *strikes) report() {
	slices.Sort(s.times)
	if n := len(s.times); n > 0 {
		s.Say("%d strikes: in step again after %s (median), %s (longest), allowed %s", n, s.times[n/2].Round(time.Millisecond),
			s.times[n-1].Round(time.Millisecond), stepLimit)
	}
	for _, kind := range slices.Sorted(maps.Keys(s.lists)) {
		s.Say("lists of %s in one strike: %d at most", kind, s.lists[kind])
	}
}
