package storm

import (
	"context"
	"errors"
	"fmt"
	"time"

	"llc.test/e2e/harness"
)

const apiServer = "kube-apiserver"

// apiServers kills the API server in the middle of promotions.
func apiServers(ctx context.Context, f *field) error {
	s, err := f.strikes(ctx, true)
	if err != nil {
		return err
	}
	defer s.report()
	for n := range s.Times {
		away := between(s.random(uint64(1000+n)), 0, 2*time.Second)
		err := s.strike(ctx, n, func() error {
			if err := s.Control("stop", apiServer, "--kill"); err != nil {
				return err
			}
			wait(ctx, away)
			return s.Control("start", apiServer)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// frozenFor is how long etcd stands still.
const frozenFor = 20 * time.Second

// frozenEtcd stops etcd as a stalled disk does: every connection stays, and
// nothing is answered.
func frozenEtcd(ctx context.Context, f *field) error {
	s, err := f.strikes(ctx, false)
	if err != nil {
		return err
	}
	defer s.report()
	for n := range s.Times {
		err := s.strike(ctx, n, func() error {
			if err := s.Control("freeze", "etcd"); err != nil {
				return err
			}
			wait(ctx, frozenFor)
			return errors.Join(s.Control("thaw", "etcd"), s.awaitAnswer(ctx))
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// awaitAnswer waits until the API server is ready again.
func (s *strikes) awaitAnswer(ctx context.Context) error {
	return harness.Await(ctx, settleLimit, "the API server's answer", func() error {
		return s.Kube.CoreV1().RESTClient().Get().AbsPath("/readyz").Timeout(5 * time.Second).Do(ctx).Error()
	})
}

// compactions make etcd forget what the controller has not seen yet: while it
// is stopped, and while its watches are cut and the API server that remembers
// is gone as well.
func compactions(ctx context.Context, f *field) error {
	s, err := f.strikes(ctx, true)
	if err != nil {
		return err
	}
	defer s.report()
	for n := range s.Times {
		blow := s.compactWhileStopped
		if n%2 == 1 {
			blow = s.compactWhileCut
		}
		if err := s.strike(ctx, n, func() error { return blow(ctx, n) }); err != nil {
			return err
		}
	}
	return nil
}

func (s *strikes) compactWhileStopped(ctx context.Context, n int) error {
	if err := s.controller.Stop(); err != nil {
		return err
	}
	if err := s.changeAndCompact(ctx, n); err != nil {
		return err
	}
	return s.start()
}

// compactWhileCut leaves the controller running: its watches are refused with
// 410 by an API server that has just been started on what etcd remembers.
func (s *strikes) compactWhileCut(ctx context.Context, n int) error {
	if err := s.Control("stop", apiServer, "--kill"); err != nil {
		return err
	}
	if err := s.changeAndCompact(ctx, n); err != nil {
		return err
	}
	s.mustList = true
	return s.Control("start", apiServer)
}

// changeAndCompact changes production and the canary by way of the witness.
func (s *strikes) changeAndCompact(ctx context.Context, n int) error {
	_, err := s.plot.scale(ctx, s.direct, n%3)
	err = errors.Join(err, s.plot.promote(ctx, s.direct), s.plot.rebuild(ctx, s.direct))
	if err != nil {
		return err
	}
	quiet, cancel := context.WithTimeout(ctx, settleLimit)
	defer cancel()
	if err := s.plot.observer.Quiet(quiet, 500*time.Millisecond); err != nil {
		return fmt.Errorf("before the compaction: %w", err)
	}
	return s.Control("compact")
}
