package proxy

import (
	"math/rand"
	"sync"
	"time"
)

// Hooks are what some faults call. They run while the request or event waits,
// and may call the proxy.
type Hooks struct {
	Kill func() // SIGKILL; returns once the process is gone
	Term func() // SIGTERM
}

// plan is a set of faults that is armed: what has been counted for each, and
// which ones have acted. A plan whose time is over counts and acts no more.
type plan struct {
	mu     sync.Mutex
	rules  []*rule
	hooks  Hooks
	random *rand.Rand
	over   bool
	until  time.Time     // what has acted so far acts
	ended  chan struct{} // closed when it is over
	thawed chan struct{} // closed by Thaw, and when it is over
	log    *log
}

// rule is a fault of a plan.
type rule struct {
	Fault
	act    *act
	seen   int // what it counted
	fired  int
	expiry time.Time // of `for`, once it acted

	snapshot snapshot // of stale and rewind
}

func newPlan(faults []Fault, hooks Hooks, seed int64) *plan {
	p := &plan{hooks: hooks, random: rand.New(rand.NewSource(seed)),
		ended: make(chan struct{}), thawed: make(chan struct{}), log: newLog()}
	for _, f := range faults {
		p.rules = append(p.rules, &rule{Fault: f, act: findAct(f.Act)})
	}
	return p
}

// end lets everything that the plan holds up go on.
func (p *plan) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.over {
		p.over = true
		close(p.ended)
		p.thawLocked()
	}
}

func (p *plan) thaw() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.thawLocked()
}

func (p *plan) thawLocked() {
	if p.isThawed() {
		return
	}
	close(p.thawed)
	for _, r := range p.rules {
		if r.fired > 0 && (r.Act == "hold" || r.Act == "stale" || r.Act == "rewind") {
			p.until = time.Now()
		}
	}
}

func (p *plan) isThawed() bool {
	select {
	case <-p.thawed:
		return true
	default:
		return false
	}
}

// chosen are the faults that act on one request, event or connection.
type chosen struct {
	plan  *plan
	along []*rule
	main  *rule                // nil = as usual
	note  func(verdict string) // into the log
}

// choose counts something for every fault whose place it may be, and says
// which of them act.
func (p *plan) choose(matches func(*rule) bool) chosen {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := chosen{plan: p, note: func(string) {}}
	if p.over {
		return c
	}
	now := time.Now()
	for _, r := range p.rules {
		if matches(r) && p.isDue(r, now) {
			switch {
			case r.act.along:
				c.along = append(c.along, r)
			case c.main == nil:
				c.main = r
			}
		}
	}
	return c
}

// isDue counts; locked.
func (p *plan) isDue(r *rule, now time.Time) bool {
	r.seen++
	switch {
	case r.First > 0 && r.seen < r.First:
		return false
	case r.First > 0 && r.Last != Unending && r.seen > r.Last:
		return false
	case !r.expiry.IsZero() && now.After(r.expiry):
		return false
	}
	return r.Percent == 0 || p.random.Intn(100) < r.Percent
}

// fire writes down that a fault acts. It says false if the plan is over by now:
// then nothing may happen any more.
func (c *chosen) fire(r *rule) bool {
	p := c.plan
	p.mu.Lock()
	if p.over {
		p.mu.Unlock()
		return false
	}
	r.fired++
	if r.For > 0 && r.expiry.IsZero() {
		r.expiry = time.Now().Add(r.For)
	}
	if end := r.end(time.Now()); end.After(p.until) {
		p.until = end
	}
	p.mu.Unlock()
	c.note(r.String())
	return true
}

// act fires the main fault.
func (c *chosen) act() bool { return c.fire(c.main) }

// is says whether the fault that acts is this one.
func (c *chosen) is(name string) bool { return c.main != nil && c.main.Act == name }

// goes says whether one of those that go along is this one.
func (c *chosen) goes(name string) *rule {
	for _, r := range c.along {
		if r.Act == name {
			return r
		}
	}
	return nil
}

// end of what the fault does that acts now.
func (r *rule) end(now time.Time) time.Time {
	switch {
	case !r.expiry.IsZero():
		return r.expiry
	case r.Act == "delay" || r.Act == "late":
		return now.Add(r.length())
	}
	return now
}

func (p *plan) actsUntil() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.until
}

// firedFaults in the order of the plan.
func (p *plan) firedFaults() (fired []Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range p.rules {
		if r.fired > 0 {
			fired = append(fired, r.Fault)
		}
	}
	return fired
}
