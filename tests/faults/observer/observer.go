// Package observer watches one namespace straight at the API server and
// judges every revision there was. It knows what the product promises and
// nothing of how it is made.
//
// Two kinds of time are kept apart. What must never be is judged in the order
// of resourceVersions, which is the order of commits whatever the network
// does. What may be for a while is judged by when changes arrived here; time
// in which the observer itself got no turn, the API server was away, or the
// controller was said to be down (Absent) does not count: only a stretch
// without any of these that is longer than the limit is held against the
// controller.
package observer

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"k8s.io/client-go/rest"
)

// Limits are how long a wrong state may last. Zero means the default.
type Limits struct {
	Surplus    time.Duration // more live pods than replicas: 5 s
	Orphaned   time.Duration // pods of a canary that is gone: 60 s
	Untruthful time.Duration // Ready=True while it is not so: 2 s
	Drift      time.Duration // a hash label other than stableRS: 5 s
	Dying      time.Duration // from a canary's deletion to the last create: 1 s
}

func (l Limits) withDefaults() Limits {
	for _, each := range []struct {
		limit   *time.Duration
		initial time.Duration
	}{
		{&l.Surplus, 5 * time.Second},
		{&l.Orphaned, 60 * time.Second},
		{&l.Untruthful, 2 * time.Second},
		{&l.Drift, 5 * time.Second},
		{&l.Dying, time.Second},
	} {
		if *each.limit == 0 {
			*each.limit = each.initial
		}
	}
	return l
}

// Config says what to watch.
type Config struct {
	Admin     *rest.Config
	Namespace string
	Limits    Limits
}

// Observer of one namespace.
type Observer struct {
	config  Config
	sources map[Kind]*source
	cancel  context.CancelFunc
	running sync.WaitGroup

	mu        sync.Mutex
	began     time.Time
	changes   []Change
	latest    map[string]*Object // by UID; what there is
	last      time.Time          // when something changed
	base      uint64             // from here on all kinds are known
	connected map[Kind]bool
	log       Log
	outages   map[string]*Outage // that last, by what is the matter
	past      []Outage
	err       error
}

// New makes an observer; Start begins.
func New(config Config) (*Observer, error) {
	client, err := rest.HTTPClientFor(config.Admin)
	if err != nil {
		return nil, err
	}
	config.Limits = config.Limits.withDefaults()
	o := &Observer{
		config:    config,
		sources:   map[Kind]*source{},
		latest:    map[string]*Object{},
		connected: map[Kind]bool{},
		outages:   map[string]*Outage{},
	}
	for kind := range resources {
		o.sources[kind] = newSource(client, config, kind)
	}
	return o, nil
}

func newSource(client *http.Client, config Config, kind Kind) *source {
	return &source{client: client, host: config.Admin.Host, namespace: config.Namespace, kind: kind}
}

// Start reads what there is and follows it until ctx is done or Stop. It
// should come before the first canary: of what was before, only the latest
// states are known.
func (o *Observer) Start(ctx context.Context) error {
	ctx, o.cancel = context.WithCancel(ctx)
	o.began = time.Now()
	o.last = o.began
	begin := map[Kind]uint64{}
	for _, kind := range o.kinds() {
		objects, revision, err := o.sources[kind].list(ctx)
		if err != nil {
			o.cancel()
			return err
		}
		for _, object := range objects {
			o.add(Change{Verb: Added, Object: object, Seen: time.Now(), Listed: true})
		}
		begin[kind], o.base = revision, max(o.base, revision)
	}
	for kind, source := range o.sources {
		o.running.Add(1)
		go func() {
			defer o.running.Done()
			err := source.follow(ctx, begin[kind], func(is bool) { o.setConnected(kind, is) }, o.see)
			o.fail(err)
		}()
	}
	o.running.Add(1)
	go o.watchSelf(ctx)
	return nil
}

// Look is what there is now, by a consistent read, without following it.
func (o *Observer) Look(ctx context.Context) ([]*Object, error) {
	var seen []*Object
	for _, kind := range o.kinds() {
		objects, _, err := o.sources[kind].list(ctx)
		if err != nil {
			return nil, err
		}
		seen = append(seen, objects...)
	}
	return sortObjects(seen), nil
}

func (o *Observer) kinds() []Kind { return slices.Sorted(maps.Keys(o.sources)) }

// Stop ends the watches. What was seen can still be judged.
func (o *Observer) Stop() {
	o.cancel()
	o.running.Wait()
}

// Err is not nil when revisions were missed: then nothing is proved.
func (o *Observer) Err() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.err
}

func (o *Observer) fail(err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.err = errors.Join(o.err, err)
}

func (o *Observer) see(verb Verb, object *Object) {
	o.add(Change{Verb: verb, Object: object, Seen: time.Now()})
}

func (o *Observer) add(change Change) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.changes = append(o.changes, change)
	o.last = change.Seen
	o.latest[change.Object.UID] = change.Object
	if change.Verb == Deleted {
		delete(o.latest, change.Object.UID)
	}
}

const serverAway = "the API server is away"

func (o *Observer) setConnected(kind Kind, is bool) {
	o.mu.Lock()
	o.connected[kind] = is
	whole := !slices.Contains(slices.Collect(maps.Values(o.connected)), false)
	o.mu.Unlock()
	if is && whole {
		o.Present(serverAway)
	} else if !is {
		o.beginOutage(serverAway, true)
	}
}

// selfPause is how often the observer looks at itself, selfLate when it was
// kept from doing so.
const (
	selfPause = 100 * time.Millisecond
	selfLate  = 400 * time.Millisecond
)

// watchSelf notes when this process got no turn: then times of arrival say
// nothing.
func (o *Observer) watchSelf(ctx context.Context) {
	defer o.running.Done()
	ticker := time.NewTicker(selfPause)
	defer ticker.Stop()
	for before := time.Now(); ; {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		now := time.Now()
		if now.Sub(before) > selfLate {
			o.mu.Lock()
			o.past = append(o.past, Outage{Span{before, now}, true})
			o.mu.Unlock()
		}
		before = now
	}
}

// Absent begins a time in which the controller can't act, for a reason that
// Present names again: it was killed, the proxy holds up its answers.
func (o *Observer) Absent(why string) { o.beginOutage(why, false) }

func (o *Observer) beginOutage(why string, blind bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.outages[why] == nil {
		o.outages[why] = &Outage{Span{Begin: time.Now()}, blind}
	}
}

// Present ends what Absent began with the same reason. Limits begin anew.
func (o *Observer) Present(why string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if outage := o.outages[why]; outage != nil {
		delete(o.outages, why)
		outage.End = time.Now()
		o.past = append(o.past, *outage)
	}
}

// Excuse says later that the API server, or who plays the nodes, was slow.
func (o *Observer) Excuse(spans ...Span) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, span := range spans {
		o.past = append(o.past, Outage{span, true})
	}
}

// Heard gives the observer what the controller said and was told, to be
// judged beside what became of it.
func (o *Observer) Heard(log Log) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.log = log
}

// Quiet returns when nothing has changed for d and everything that was
// committed has arrived.
func (o *Observer) Quiet(ctx context.Context, d time.Duration) error {
	for {
		if err := o.Err(); err != nil {
			return err
		}
		o.mu.Lock()
		rest := d - time.Since(o.last)
		o.mu.Unlock()
		if rest <= 0 {
			behind, err := o.behind(ctx)
			if err == nil && behind == "" {
				return nil
			}
			if ctx.Err() != nil {
				return fmt.Errorf("not quiet: %w (%s %w)", ctx.Err(), behind, err)
			}
			rest = reconnectPause
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("not quiet: %w (last: %s)", ctx.Err(), o.newest())
		case <-time.After(rest):
		}
	}
}

func (o *Observer) newest() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.changes) == 0 {
		return "nothing"
	}
	change := &o.changes[len(o.changes)-1]
	return fmt.Sprintf("%s %s at revision %d", change.Verb, change.Object, change.Revision())
}

// behind says what a consistent read has that did not arrive here yet.
func (o *Observer) behind(ctx context.Context) (string, error) {
	for _, kind := range o.kinds() {
		objects, _, err := o.sources[kind].list(ctx)
		if err != nil {
			return "", err
		}
		known := 0
		for _, object := range o.State() {
			if object.Kind == kind {
				known++
			}
		}
		if known != len(objects) {
			return fmt.Sprintf("%d %s are known, there are %d", known, kind, len(objects)), nil
		}
		for _, object := range objects {
			if here := o.object(object.UID); here == nil || here.Revision != object.Revision {
				return fmt.Sprintf("%s is at revision %d", object, object.Revision), nil
			}
		}
	}
	return "", nil
}

func (o *Observer) object(uid string) *Object {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.latest[uid]
}

// State is the newest state of each object that exists, in the order of kinds
// and names.
func (o *Observer) State() []*Object {
	o.mu.Lock()
	defer o.mu.Unlock()
	return sortObjects(slices.Collect(maps.Values(o.latest)))
}

// History is every change so far, in the order of commits.
func (o *Observer) History() []Change {
	o.mu.Lock()
	defer o.mu.Unlock()
	return ordered(o.changes)
}

// Violations judges every revision so far, and what was Heard. It should
// follow Quiet: of what was committed a moment ago a part may not be here yet.
func (o *Observer) Violations() []Violation {
	o.mu.Lock()
	defer o.mu.Unlock()
	outages := slices.Clone(o.past)
	for _, outage := range o.outages {
		outages = append(outages, *outage)
	}
	return Judge(Case{
		Changes: ordered(o.changes),
		Base:    o.base,
		Log:     o.log.since(o.began),
		Outages: outages,
		End:     time.Now(),
		Limits:  o.config.Limits,
	})
}

// Unsettled says why the present state is not what the canaries ask for and
// say; empty when it is.
func (o *Observer) Unsettled() []string {
	w := worldOf(o.State())
	var reasons []string
	for _, c := range w.allCanaries() {
		if reason := w.unsettled(c); reason != "" {
			reasons = append(reasons, c.String()+": "+reason)
		}
	}
	return reasons
}

// OutOfStep says where the controller has not done its own part yet: pods
// that are too few, too many or of another hash, a spec that it has not
// observed. What others do to the pods is not in it.
func (o *Observer) OutOfStep() []string {
	w := worldOf(o.State())
	var reasons []string
	for _, c := range w.allCanaries() {
		if reason := w.outOfStep(c); reason != "" {
			reasons = append(reasons, c.String()+": "+reason)
		}
	}
	return reasons
}

// Digest of the end state, and of how it came about.
func (o *Observer) Digest() Digest { return digestOf(o.History()) }
