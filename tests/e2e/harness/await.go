package harness

import (
	"context"
	"fmt"
	"time"
)

// pollPause is how long Await and Hold leave between two looks: the longer it
// takes, the less it matters, and many look at once.
func pollPause(began time.Time) time.Duration {
	return min(25*time.Millisecond+time.Since(began)/20, 250*time.Millisecond)
}

// Await looks until check returns nil; after limit it returns the last reason.
func Await(ctx context.Context, limit time.Duration, what string, check func() error) error {
	began := time.Now()
	for {
		err := check()
		if err == nil {
			return nil
		}
		if time.Since(began) > limit {
			return fmt.Errorf("%s: not within %s: %w", what, limit, err)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s: %w (last: %w)", what, ctx.Err(), err)
		case <-time.After(pollPause(began)):
		}
	}
}

// Hold looks for as long as window and returns the first reason why check
// did not hold.
func Hold(ctx context.Context, window time.Duration, what string, check func() error) error {
	for began := time.Now(); time.Since(began) < window; {
		if err := check(); err != nil {
			return fmt.Errorf("%s: not any more after %s: %w", what, time.Since(began).Round(time.Millisecond), err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pollPause(began)):
		}
	}
	return nil
}
