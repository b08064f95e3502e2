package proxy

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"
)

func TestWatchPassesFramesAsTheyCome(t *testing.T) {
	b := setUp(t)
	w := b.watch("")
	first, second := event("ADDED", "a", 1), event("MODIFIED", "a", 2)
	b.server.frames <- first
	w.next(first)
	b.server.frames <- event("BOOKMARK", "", 2)
	w.next(event("BOOKMARK", "", 2))
	b.server.frames <- second
	w.next(second)
	close(b.server.frames)
	w.ended(true)
	all := b.proxy.Events()
	if len(all) != 2 || all[1].Number != 2 || all[1].Resource != "pods" || all[1].Type != "MODIFIED" ||
		all[1].Name != "a" || all[1].ResourceVersion != "2" || all[1].Verdict != "" || all[1].Sent.IsZero() {
		t.Errorf("the log is %+v", all)
	}
}

// TestEventFaults: the server sends four events, the third is hit.
func TestEventFaults(t *testing.T) {
	const none = "the end"
	one, two, three, four := event("ADDED", "a", 1), event("ADDED", "b", 2), event("MODIFIED", "a", 3), event("MODIFIED", "b", 4)
	for plan, want := range map[string][]string{
		"event=pods/3:drop":      {one, two, four},
		"event=3..:drop":         {one, two},
		"event=pods/3:duplicate": {one, two, three, three, four},
		"event=pods/3:replay=1":  {one, two, three, two, four},
		"event=pods/3:replay=9":  {one, two, three, one, two, four},
		"events:replay=9":        {one, two, one, three, one, two, four, one, two, three},
		"event=pods/3:reorder":   {one, two, four, three},
		"events:reorder":         {two, one, four, three},
		"event=pods/3:delay=5ms": {one, two, three, four},
		"event=pods/3:end":       {one, two, three, none},
		"event=pods/3:cut=9":     {one, two, three[:9], none},
		"event=pods/3:cut=0":     {one, two, none},
		"event=pods/3:term":      {one, two, three, four},
		"event=rollouts/3:drop":  {one, two, three, four},
		"watch:only-bookmarks":   {},
		"watch:chunk=1":          {one, two, three, four},
		"event=3:garbage=line":   {one, two, "}{ this is \"no JSON\n", four},
		"event=3:garbage=bom":    {one, two, "\xEF\xBB\xBF" + three, four},
		"event=3:gone": {one, two, string(errorFrame(410, "Expired",
			"too old resource version: a fault of the proxy")), none},
	} {
		t.Run(plan, func(t *testing.T) {
			b := setUp(t)
			b.arm(plan)
			w := b.watch("")
			for _, frame := range []string{one, two, three, four, event("BOOKMARK", "", 4)} {
				b.server.frames <- frame
			}
			for _, line := range want {
				if line == none {
					w.ended(true)
				} else {
					w.next(line)
				}
			}
			if len(want) == 0 || want[len(want)-1] != none {
				w.next(event("BOOKMARK", "", 4))
			}
			b.wantFired(!strings.HasPrefix(plan, "event=rollouts"))
		})
	}
}

// TestBrokenEvents: the third event never comes whole.
func TestBrokenEvents(t *testing.T) {
	hit := event("MODIFIED", "a", 2)
	for plan, part := range map[string]string{
		"event=pods/2:truncate=40":                   hit[:40],
		"event=pods/2:truncate=0":                    "",
		"event=pods/2:fin":                           hit[:len(hit)/2],
		"event=pods/2:reset-body":                    hit[:len(hit)/2],
		"event=pods/2:kill-before":                   "",
		fmt.Sprintf("watch=1:truncate=%d", len(hit)): "",
	} {
		t.Run(plan, func(t *testing.T) {
			b := setUp(t)
			b.arm(plan)
			w := b.watch("")
			b.server.frames <- event("MODIFIED", "b", 1)
			w.next(event("MODIFIED", "b", 1))
			b.server.frames <- hit
			if part != "" {
				w.next(part)
			}
			w.ended(false)
			b.wantFired(true)
			if kills, _ := b.hookCalls(); kills > 0 != strings.Contains(plan, "kill") {
				t.Errorf("%d kills", kills)
			}
		})
	}
}

func TestKillAfterEvent(t *testing.T) {
	b := setUp(t)
	b.arm("event=pods/1:kill-after")
	w := b.watch("")
	b.server.frames <- event("ADDED", "a", 1)
	w.next(event("ADDED", "a", 1))
	b.await("the kill", func() bool { kills, _ := b.hookCalls(); return kills == 1 })
}

func TestEndlessEvent(t *testing.T) {
	b := setUp(t)
	b.arm("event=pods/1:endless")
	resp, err := b.client.Get(b.proxy.Endpoint().Server + pods + "?watch=true")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b.server.frames <- event("ADDED", "a", 1)
	const enough = 5 << 20
	text, err := io.ReadAll(io.LimitReader(resp.Body, enough))
	if err != nil || len(text) != enough || !strings.HasPrefix(string(text), `{"type":"MODIFIED"`) || strings.Contains(string(text), "\n") {
		t.Errorf("%d bytes of %q, %v", len(text), brief(string(text)), err)
	}
}

// TestMuteWatch: the stream is open, and nothing comes.
func TestMuteWatch(t *testing.T) {
	for plan, before := range map[string]int{"watch=pods/1:half-open": 0, "event=pods/2:half-open": 1} {
		b := setUp(t)
		b.arm(plan)
		w := b.watch("")
		for i := range 3 {
			b.server.frames <- event("ADDED", "a", i)
		}
		for i := range before {
			w.next(event("ADDED", "a", i))
		}
		b.await("the fault", func() bool { return len(b.proxy.Fired()) == 1 })
		b.await("the server to be left alone", func() bool { return len(b.server.frames) == 0 || before == 0 })
		b.proxy.Disarm()
		select {
		case line, more := <-w.lines:
			t.Errorf("%s: got %q, %v", plan, line, more)
		case <-time.After(50 * time.Millisecond): // nothing comes: there is no event to wait for
		}
	}
}

func TestWatchRequestFaults(t *testing.T) {
	for plan, want := range map[string]int{
		"watch=pods/1:status=410":         410,
		"watch=pods/1:garbage=login-page": 200,
		"watch=pods/1:bomb":               200,
		"watch=pods/1:lose":               0,
		"watch=pods/1:reset-headers":      0,
		"watch=pods/1:kill-after":         0,
		"watch=pods/1:drop":               0,
		"all=1:drop":                      0,
	} {
		b := setUp(t)
		b.arm(plan)
		got := b.do("GET", pods+"?watch=1")
		if got.code != want || want == 0 != (got.err != nil) {
			t.Errorf("%s: %d, %v", plan, got.code, got.err)
		}
		b.wantFired(true)
	}
}

func TestWatchCloses(t *testing.T) {
	b := setUp(t)
	b.arm("watch:close=10ms")
	w := b.watch("")
	w.ended(true)
	b.watch("").ended(true)
	b.wantFired(true)
}

func TestNoBookmarks(t *testing.T) {
	b := setUp(t)
	b.arm("watch:no-bookmarks")
	w := b.watch("")
	b.server.frames <- event("BOOKMARK", "", 1)
	b.server.frames <- event("ADDED", "a", 2)
	w.next(event("ADDED", "a", 2))
	b.wantFired(true)
}

// TestEndsLikeTheServer: a stream that breaks off does so here, too.
func TestEndsLikeTheServer(t *testing.T) {
	b := setUp(t)
	w := b.watch("")
	b.server.frames <- event("ADDED", "a", 1)[:20]
	b.server.frames <- breakOff
	w.next(event("ADDED", "a", 1)[:20])
	w.ended(false)
}

// TestArmedOnTheWay: a plan acts on watches that have begun before it.
func TestArmedOnTheWay(t *testing.T) {
	b := setUp(t)
	w := b.watch("")
	b.server.frames <- event("ADDED", "a", 1)
	w.next(event("ADDED", "a", 1))
	b.arm("event=pods/1:drop")
	b.server.frames <- event("ADDED", "a", 2)
	b.server.frames <- event("ADDED", "a", 3)
	w.next(event("ADDED", "a", 3))
	b.wantFired(true)
	if all := b.proxy.Events(); len(all) != 2 || all[0].Verdict != "event=pods/1:drop" || !all[0].Sent.IsZero() {
		t.Errorf("the log is %+v", all)
	}
}

// TestReorderKeepsTheOrderOfAnObject: what a server never does, we don't.
func TestReorderKeepsTheOrderOfAnObject(t *testing.T) {
	b := setUp(t)
	b.arm("event=1:reorder")
	w := b.watch("")
	b.server.frames <- event("ADDED", "a", 1)
	b.server.frames <- event("MODIFIED", "a", 2)
	w.next(event("ADDED", "a", 1))
	w.next(event("MODIFIED", "a", 2))
	b.wantFired(false)
}

func TestStaleLists(t *testing.T) {
	for _, thaw := range []func(*bench){
		func(b *bench) { b.proxy.Thaw() },
		func(b *bench) { b.proxy.Disarm() },
		nil, // by itself
	} {
		b := setUp(t)
		plan := "list:stale=40"
		if thaw == nil {
			plan += ",for=1ms"
		}
		b.arm(plan)
		if got := b.do("GET", pods+"?limit=500"); got.code != 200 {
			t.Fatal(got.err)
		}
		want := "GET " + pods + "?limit=500&resourceVersion=960&resourceVersionMatch=Exact"
		if seen := b.server.seen(); len(seen) != 2 || seen[1] != want {
			t.Errorf("the server saw %s", seen)
		}
		other := b.watch("&resourceVersion=1000")
		b.server.frames <- event("ADDED", "a", 1)
		other.next(event("ADDED", "a", 1)) // not of the snapshot
		other.resp.Body.Close()
		frozen := b.watch("&resourceVersion=960")
		if thaw != nil {
			if seen := b.server.seen(); len(seen) != 3 {
				t.Errorf("the server saw %s", seen[3:])
			}
			thaw(b)
		}
		b.await("the watch to reach the server", func() bool { return len(b.server.seen()) == 4 })
		b.server.frames <- event("ADDED", "a", 961)
		frozen.next(event("ADDED", "a", 961))
		b.wantFired(true)
		if got := b.do("GET", pods); got.code != 200 {
			t.Fatal(got.err)
		}
		if seen := b.server.seen(); seen[4] != "GET "+pods {
			t.Errorf("after the thaw the server saw %s", seen[4:])
		}
	}
}

func TestRewoundLists(t *testing.T) {
	b := setUp(t)
	w := b.watch("")
	for _, revision := range []int{70, 75, 81} {
		b.server.frames <- event("MODIFIED", "a", revision)
		w.next(event("MODIFIED", "a", revision))
	}
	b.arm("list=1:rewind=2+list=2:rewind=9")
	b.do("GET", pods)
	b.do("GET", pods)
	seen := b.server.seen()
	if seen[1] != "GET "+pods+"?resourceVersion=74&resourceVersionMatch=Exact" || seen[2] != "GET "+pods {
		t.Errorf("the server saw %s", seen)
	}
	if fired := Format(b.proxy.Fired()); fired != "list=1:rewind=2" {
		t.Errorf("fired: %s", fired) // 9 were not seen
	}
}

func TestListRevision(t *testing.T) {
	for text, want := range map[string]string{
		listText: "1000",
		`{"items":[{"metadata":{"resourceVersion":"7"}}],"metadata":{"continue":"","resourceVersion":"9"}}`: "9",
		`{"items":[{"metadata":{"resourceVersion":"7"}}]}`:                                                  "",
		`[]`: "", ``: "", `{"metadata":`: "", `{"metadata":{"resourceVersion":"`: "",
	} {
		from, to, err := listRevision([]byte(text))
		if got := text[from:to]; got != want || (err == nil) != (want != "") {
			t.Errorf("%s: %q, %v", text, got, err)
		}
	}
	if got, err := rewindList([]byte(listText), 5000); err != nil || !json.Valid(got) || !strings.Contains(string(got), `"1"`) {
		t.Errorf("%s, %v", got, err)
	}
}
