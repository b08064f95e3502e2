// Package storm is what lasts too long for one plan of the campaign: a
// controller killed a thousand times, an API server that comes and goes, an
// etcd that stands still or forgets. An observer judges every revision of it.
package storm

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// Options of a storm.
type Options struct {
	Root  string        // of the repository
	Seed  uint64        // of everything random; 0 = from the clock
	Times int           // how often it strikes; 0 = the storm's own number
	Still time.Duration // for how long nothing may be written at the end
	Say   func(format string, args ...any)
}

// Storm is one of them.
type Storm struct {
	Name, About string
	Times       int
	run         func(context.Context, *field) error
}

// All of them.
var All = []Storm{
	{"kills", "the controller is killed under churn", 1000, kills},
	{"apiserver", "the API server is killed in a promotion", 20, apiServers},
	{"etcd", "etcd stands still for 20 s in a promotion", 3, frozenEtcd},
	{"compaction", "etcd forgets while the controller is stopped, and while its watches are cut", 5, compactions},
}

// Run has the storm of that name and says whether all went well.
func Run(ctx context.Context, name string, opt Options) error {
	for _, s := range All {
		if s.Name == name {
			return s.unleash(ctx, opt)
		}
	}
	return fmt.Errorf("no storm %q; there are %s", name, Names())
}

// Names of all storms.
func Names() string {
	var names []string
	for _, s := range All {
		names = append(names, s.Name)
	}
	return strings.Join(names, ", ")
}

func (s *Storm) unleash(ctx context.Context, opt Options) (err error) {
	if opt.Seed == 0 {
		opt.Seed = uint64(time.Now().UnixNano())
	}
	if opt.Times == 0 {
		opt.Times = s.Times
	}
	opt.Say("storm %s: %s, %d times, seed %d", s.Name, s.About, opt.Times, opt.Seed)
	f, err := prepare(ctx, s.Name, opt)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.end()) }()
	began := time.Now()
	if err := s.run(ctx, f); err != nil {
		return errors.Join(err, f.verdict(ctx))
	}
	err = f.verdict(ctx)
	opt.Say("storm %s: %s in %s", s.Name, passed(err), time.Since(began).Round(time.Second))
	return err
}

func passed(err error) string {
	if err != nil {
		return "FAILED"
	}
	return "passed"
}

// random source number n of a storm: each who draws has one of their own, so
// that what they draw does not depend on who is faster.
func (o *Options) random(n uint64) *rand.Rand { return rand.New(rand.NewPCG(o.Seed, n)) }

// between draws a duration.
func between(r *rand.Rand, least, most time.Duration) time.Duration {
	return least + time.Duration(r.Int64N(int64(most-least)+1))
}

// wait is false when ctx ended it.
func wait(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
