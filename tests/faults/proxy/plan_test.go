package proxy

import (
	"context"
	"math/rand"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestActsUntil(t *testing.T) {
	for _, test := range []struct {
		fault string
		least time.Duration
	}{
		{"write=1:lose", 0},
		{"write=1:status=503,for=7s", 7 * time.Second},
		{"write=1:delay=5s", 5 * time.Second},
		{"write=1:late=5s", 5 * time.Second},
	} {
		faults, err := ParsePlan(test.fault)
		if err != nil {
			t.Fatal(err)
		}
		p := newPlan(faults, Hooks{}, 1)
		if !p.actsUntil().IsZero() {
			t.Errorf("%s: something acts before anything has", test.fault)
		}
		began := time.Now()
		c := p.choose(func(*rule) bool { return true })
		for _, r := range append(c.along, c.main) {
			if r != nil {
				c.fire(r)
			}
		}
		until, now := p.actsUntil(), time.Now()
		if until.Before(began.Add(test.least)) || until.After(now.Add(test.least)) {
			t.Errorf("%s: acts until %s after it fired, want %s", test.fault, until.Sub(began), test.least)
		}
	}
}

// hits are the requests on which a fault acted: "--x-".
func (b *bench) hits(plan string, requests ...string) string {
	b.Helper()
	b.arm(plan)
	var hits strings.Builder
	for _, text := range requests {
		method, path, _ := strings.Cut(text, " ")
		b.do(method, path)
	}
	for _, x := range b.proxy.Exchanges() {
		if x.Verdict == "" {
			hits.WriteByte('-')
		} else {
			hits.WriteByte('x')
		}
	}
	return hits.String()
}

func TestPlacesOfRequests(t *testing.T) {
	const (
		list, get, patch = "GET " + pods, "GET " + pod, "PATCH " + pod
		create, erase    = "POST " + pods, "DELETE " + pod
		event            = "POST /api/v1/namespaces/shop/events"
		lease            = "PUT /apis/coordination.k8s.io/v1/namespaces/shop/leases/a"
		status           = "PATCH " + pod + "/status"
	)
	requests := []string{list, event, patch, get, create, lease, erase, status, patch}
	b := setUp(t)
	for plan, want := range map[string]string{
		"all:late=1ms":                   "xxxxxxxxx",
		"write:late=1ms":                 "--x-x-xxx",
		"write=2:late=1ms":               "----x----",
		"write=2..3:late=1ms":            "----x-x--",
		"write=4..:late=1ms":             "-------xx",
		"read:late=1ms":                  "x--x-----",
		"list:late=1ms":                  "x--------",
		"get:late=1ms":                   "---x-----",
		"patch:late=1ms":                 "--x----xx",
		"patch=pods:late=1ms":            "--x-----x",
		"patch=pods/2:late=1ms":          "--------x",
		"patch=pods/status:late=1ms":     "-------x-",
		"write=events:late=1ms":          "-x-------",
		"update=leases/1:late=1ms":       "-----x---",
		"update:late=1ms":                "---------",
		"create:late=1ms+delete:drop":    "----x-x--",
		"write=rollouts:late=1ms":        "---------",
		"write=1:late=1ms,for=1h":        "--x------",
		"write=2:late=1ms+write:term":    "--x-x-xxx",
		"write=1:status=409+all:chunk=1": "xxxxxxxxx",
	} {
		if got := b.hits(plan, requests...); got != want {
			t.Errorf("%s: got %s, want %s", plan, got, want)
		}
	}
}

func TestFirstOfThePlanActs(t *testing.T) {
	b := setUp(t)
	b.arm("write=1:status=409+write:status=500+write:late=1ms")
	for _, want := range []int{409, 500} {
		if got := b.do("PATCH", pod); got.code != want {
			t.Errorf("got %d, want %d", got.code, want)
		}
	}
	if all := b.proxy.Exchanges(); all[0].Verdict != "write=1:status=409" || all[1].Verdict != "write:status=500" {
		t.Errorf("the log is %+v", all)
	}
	if fired := Format(b.proxy.Fired()); fired != "write=1:status=409+write:status=500" {
		t.Errorf("fired: %s", fired)
	}
}

func TestWarm(t *testing.T) {
	b := setUp(t)
	if got := b.hits("write=1:late=1ms,warm", "PATCH "+pod, "PATCH "+pod, "PATCH "+pod); got != "-x-" {
		t.Errorf("got %s", got)
	}
}

func TestPercentIsTheSameEachTime(t *testing.T) {
	b := setUp(t)
	requests := strings.Split(strings.Repeat("GET "+pod+",", 40)+"GET "+pod, ",")
	first := b.hits("get:status=503%50", requests...)
	if again := b.hits("get:status=503%50", requests...); again != first {
		t.Errorf("first %s, then %s", first, again)
	}
	if hit := strings.Count(first, "x"); hit < 10 || hit > 30 {
		t.Errorf("%d of 41 were hit", hit)
	}
}

func TestForEnds(t *testing.T) {
	b := setUp(t)
	b.arm("get:status=503,for=50ms")
	began := time.Now()
	if got := b.do("GET", pod); got.code != 503 {
		t.Fatal(got.code)
	}
	b.await("the storm to end", func() bool { return b.do("GET", pod).code == 200 })
	if took := time.Since(began); took < 50*time.Millisecond {
		t.Errorf("it ended after %s", took)
	}
}

func TestDisarm(t *testing.T) {
	b := setUp(t)
	b.arm("get:status=503+patch:drop")
	if got := b.do("GET", pod); got.code != 503 {
		t.Error(got.code)
	}
	b.proxy.Disarm()
	if got := b.do("GET", pod); got.code != 200 {
		t.Error(got.code)
	}
	if fired := Format(b.proxy.Fired()); fired != "get:status=503" {
		t.Errorf("fired: %s", fired)
	}
	b.arm("")
	if len(b.proxy.Fired()) != 0 || len(b.proxy.Exchanges()) != 0 {
		t.Error("Arm did not begin anew")
	}
}

func TestArmRefuses(t *testing.T) {
	b := setUp(t)
	for _, f := range []Fault{{Scope: Write, Act: "drop", Arg: "1"}, {Scope: Write, Act: "kill-after"}, {Scope: Event, Act: "term"}} {
		if b.proxy.Arm([]Fault{f}, Hooks{}) == nil {
			t.Errorf("%s was armed", f)
		}
	}
}

// TestHooksMayCallTheProxy: a hook that disarms is the usual one.
func TestHooksMayCallTheProxy(t *testing.T) {
	b := setUp(t)
	kill := Fault{Scope: Write, First: 1, Last: 1, Act: "kill-after"}
	var fired []Fault
	err := b.proxy.Arm([]Fault{kill}, Hooks{Kill: func() {
		fired = b.proxy.Fired()
		b.proxy.Exchanges()
		b.proxy.Disarm()
		b.proxy.Arm(nil, Hooks{})
	}})
	if err != nil {
		t.Fatal(err)
	}
	if got := b.do("PATCH", pod); !isReset(got) || len(fired) != 1 || fired[0] != kill {
		t.Errorf("%+v, %v", got, fired)
	}
}

// TestLogIsBounded: what is too much is counted, not kept.
func TestLogIsBounded(t *testing.T) {
	l := newLog()
	for range keptEntries + 3 {
		l.request(&Exchange{}, request{})
		l.event(&WatchEvent{})
	}
	if len(l.exchanges) != keptEntries || len(l.events) != keptEntries || l.countLost() != 6 || l.n != keptEntries+3 {
		t.Errorf("%d requests, %d events, %d lost", len(l.exchanges), len(l.events), l.lost)
	}
	var r revisions
	for i := range 3 * keptRevisions {
		r.add(string(rune('0' + i%10)))
	}
	if len(r.seen) != 10 {
		t.Errorf("%d revisions", len(r.seen))
	}
}

// randomFault is any that can be written.
func randomFault(random *rand.Rand) Fault {
	for {
		a := acts[random.Intn(len(acts))]
		f, err := Parse(a.example)
		if err != nil {
			panic(err)
		}
		f.Scope = scopes[random.Intn(len(scopes))].name
		f.First, f.Last, f.Resource = random.Intn(4), 0, ""
		if f.First > 0 {
			f.Last = []int{Unending, f.First, f.First + 2}[random.Intn(3)]
		}
		f.Percent = []int{0, 50}[random.Intn(2)]
		switch a.name { // nobody has that much time
		case "delay", "late", "close":
			f.Arg = "3ms"
		case "slow":
			f.Arg = "9000B/s"
		case "bomb":
			continue
		}
		if f.Check() == nil {
			return f
		}
	}
}

// TestRandomPlansLeaveTheProxyWell: whatever has happened, a proxy that is
// disarmed serves a new client at once.
func TestRandomPlansLeaveTheProxyWell(t *testing.T) {
	b := setUp(t)
	random := rand.New(rand.NewSource(7))
	stop := make(chan struct{})
	var sender sync.WaitGroup
	sender.Add(1)
	go func() {
		defer sender.Done()
		for i := 0; ; i++ {
			select {
			case b.server.frames <- event("MODIFIED", string(rune('a'+i%3)), i):
				time.Sleep(100 * time.Microsecond) // a server's pace
			case <-stop:
				return
			}
		}
	}()
	defer sender.Wait()
	defer close(stop)
	for range 150 {
		var plan []Fault
		for range 1 + random.Intn(4) {
			plan = append(plan, randomFault(random))
		}
		b.arm(Format(plan))
		b.loads(Format(plan), random)
	}
}

// loads asks for this and that, and gives up soon; then for what must come.
func (b *bench) loads(plan string, random *rand.Rand) {
	b.Helper()
	var clients sync.WaitGroup
	for range 6 {
		method, path := []string{"GET", "PATCH", "POST"}[random.Intn(3)], []string{pods, pod, pods + "?watch=1"}[random.Intn(3)]
		clients.Add(1)
		go func() {
			defer clients.Done()
			ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
			defer cancel()
			b.doWithin(ctx, method, path)
		}()
	}
	clients.Wait()
	b.proxy.Disarm()
	b.client.CloseIdleConnections()
	if got := b.do("GET", pod); got.code != 200 {
		b.Errorf("after %s: %d, %v", plan, got.code, got.err)
	}
}
