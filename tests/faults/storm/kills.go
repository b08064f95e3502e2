package storm

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"llc.test/faults/observer"
)

// How a life of the controller ends: mostly while it is still at work, now
// and then after a time in which all limits can be judged.
const (
	shortLife    = 1200 * time.Millisecond
	longLife     = 8 * time.Second
	longLifeEach = 50
)

// killPlots is how many namespaces churn.
const killPlots = 4

const killed = "killed"

// leastBusy is the smallest share of its lives, one in so many, in which the
// controller must have written something: else the storm proves little.
const leastBusy = 4

// kills kills the controller at random moments while everything it looks
// after changes, and starts it again at once.
func kills(ctx context.Context, f *field) error {
	if err := f.settle(ctx, killPlots, observer.Limits{}); err != nil {
		return err
	}
	churning, calm := context.WithCancel(ctx)
	defer calm()
	var churns sync.WaitGroup
	failures := make(chan error, killPlots)
	for i, p := range f.plots {
		churns.Add(1)
		go func() {
			defer churns.Done()
			failures <- p.churn(churning, f.random(uint64(i)))
		}()
	}
	err := f.killOften(ctx)
	calm()
	churns.Wait()
	close(failures)
	for failure := range failures {
		err = errors.Join(err, failure)
	}
	if err != nil {
		return err
	}
	return f.checkProgress()
}

func (f *field) killOften(ctx context.Context) error {
	r := f.random(killPlots)
	began := time.Now()
	for i := 1; i <= f.Times; i++ {
		life := between(r, 0, shortLife)
		if i%longLifeEach == 0 {
			life = longLife
		}
		if !wait(ctx, life) {
			return ctx.Err()
		}
		f.absent(killed)
		if err := errors.Join(f.kill(), f.start()); err != nil {
			return fmt.Errorf("kill %d: %w", i, err)
		}
		f.present(killed)
		if i%100 == 0 {
			f.Say("%d kills in %s", i, time.Since(began).Round(time.Second))
		}
		if err := f.everywhere(func(*observer.Observer) []string { return nil }); err != nil {
			return err
		}
	}
	return nil
}

func (f *field) checkProgress() error {
	events, err := f.byController()
	if err != nil {
		return err
	}
	if _, lives := f.writes(events); lives*leastBusy < len(f.lives) {
		return fmt.Errorf("the controller was killed before it did anything: %s", f.progress(events))
	}
	return nil
}

// churn changes everything that a canary depends on, until ctx is done.
func (p *plot) churn(ctx context.Context, r *rand.Rand) error {
	for wait(ctx, between(r, 200*time.Millisecond, 2*time.Second)) {
		var err error
		switch n := r.IntN(100); {
		case n < 35:
			_, err = p.scale(ctx, p.field.Dynamic, r.IntN(5))
		case n < 60:
			err = p.promote(ctx, p.field.Dynamic)
		case n < 80:
			err = p.rebuild(ctx, p.field.Dynamic)
		case n < 95:
			err = p.killPod(ctx, r)
		default:
			err = p.replace(context.WithoutCancel(ctx))
		}
		if err != nil && ctx.Err() == nil {
			return fmt.Errorf("churn in %s: %w", p.namespace, err)
		}
	}
	return nil
}
