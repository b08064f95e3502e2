package campaign

import (
	"testing"
	"time"

	"llc.test/faults/observer"
	"llc.test/faults/proxy"
)

var noon = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

func at(seconds float64) time.Time {
	return noon.Add(time.Duration(seconds * float64(time.Second)))
}

// judgeOf is a family's own judgement of invented requests.
func judgeOf(t *testing.T, text string, exchanges ...proxy.Exchange) int {
	t.Helper()
	plan := with("scale-up", text)
	run := &Run{Plan: plan, Family: FamilyOf(plan), exchanges: exchanges, armed: noon, until: at(3), end: at(4)}
	return len(run.Family.judge(run, &Lesson{}))
}

func patch(name, body string, when time.Time, verdict string) proxy.Exchange {
	return proxy.Exchange{Verb: proxy.Patch, Method: "PATCH", Path: "/pods/" + name, Resource: "pods", Body: []byte(body),
		Arrived: when, Verdict: verdict}
}

func TestKeepsRetryAfter(t *testing.T) {
	const fault = "write=1:status=429,retry-after=2"
	told := patch("a", "{}", at(0), fault)
	if n := judgeOf(t, fault, told, patch("b", "{}", at(1), ""), patch("a", "{}", at(2.1), "")); n != 0 {
		t.Errorf("another one, and the same when it was time: %d problems", n)
	}
	if n := judgeOf(t, fault, told, patch("a", "{}", at(1.9), "")); n != 1 {
		t.Errorf("the same too early: %d problems", n)
	}
}

func TestNoRetryLoop(t *testing.T) {
	const fault = "write=1:status=422"
	one := patch("a", "{}", at(0), fault)
	if n := judgeOf(t, fault, one, one, one); n != 0 {
		t.Errorf("three times: %d problems", n)
	}
	if n := judgeOf(t, fault, one, one, one, one, one); n != 1 {
		t.Errorf("five times: %d problems", n)
	}
}

func TestOneRelistEach(t *testing.T) {
	const fault = "restart+watch=1:status=410"
	list := proxy.Exchange{Verb: proxy.List, Resource: "pods"}
	gone := proxy.Exchange{Verb: proxy.Watch, Resource: "pods", Verdict: "watch=1:status=410"}
	if n := judgeOf(t, fault, list, gone, list); n != 0 {
		t.Errorf("one list more: %d problems", n)
	}
	if n := judgeOf(t, fault, list, gone, list, list); n != 1 {
		t.Errorf("two lists more: %d problems", n)
	}
}

func TestLeavesPodsAlone(t *testing.T) {
	const fault = "event=pods/1:garbage=nul"
	if n := judgeOf(t, fault, patch("a", "{}", at(1), "")); n != 0 {
		t.Errorf("a patch: %d problems", n)
	}
	create := proxy.Exchange{Verb: proxy.Create, Resource: "pods"}
	if n := judgeOf(t, fault, create); n != 1 {
		t.Errorf("a pod that nobody wants: %d problems", n)
	}
}

func TestNothingSaid(t *testing.T) {
	const fault = "restart+tls:expired,for=3s"
	if n := judgeOf(t, fault, patch("a", "{}", at(3.1), "")); n != 0 {
		t.Errorf("once the certificate is good: %d problems", n)
	}
	if n := judgeOf(t, fault, patch("a", "{}", at(2.9), "")); n != 1 {
		t.Errorf("before: %d problems", n)
	}
}

func TestResent(t *testing.T) {
	lost := proxy.Exchange{W: 1, Verb: proxy.Patch, Method: "PATCH", Path: "/llc/a/status", Resource: "longlivedcanaries/status", Arrived: at(0), Code: 200, Verdict: "write=1:lose"}
	again := lost
	again.W, again.Verdict, again.Arrived = 2, "", at(1)
	other := again
	other.Path = "/llc/b/status"
	look := proxy.Exchange{Verb: proxy.List, Path: "/llc", Resource: "longlivedcanaries", Arrived: at(0.5)}
	pod, podAgain := lost, again
	pod.Resource, podAgain.Resource = "pods", "pods"
	refused := lost
	refused.Code = 0
	told := proxy.WatchEvent{Resource: "longlivedcanaries", Name: "a", Seen: at(0.5)}
	late := proxy.WatchEvent{Resource: "longlivedcanaries", Name: "a", Seen: at(2)}
	for name, test := range map[string]struct {
		exchanges []proxy.Exchange
		events    []proxy.WatchEvent
		want      int
	}{
		"blindly":             {[]proxy.Exchange{lost, again}, nil, 1},
		"another":             {[]proxy.Exchange{lost, other}, nil, 0},
		"after a look":        {[]proxy.Exchange{lost, look, again}, nil, 0},
		"after an event":      {[]proxy.Exchange{lost, again}, []proxy.WatchEvent{told}, 0},
		"before it":           {[]proxy.Exchange{lost, again}, []proxy.WatchEvent{late}, 1},
		"a pod, seen":         {[]proxy.Exchange{pod, podAgain}, []proxy.WatchEvent{{Resource: "pods", Name: "a", Seen: at(0.5)}}, 1},
		"nothing was written": {[]proxy.Exchange{refused, again}, nil, 0},
	} {
		if problems := resent(test.exchanges, test.events); len(problems) != test.want {
			t.Errorf("%s: %q", name, problems)
		}
	}
}

func TestJudge(t *testing.T) {
	lesson := &Lesson{requests: 10, descriptors: 12, digest: observer.Digest{End: []string{"a pod"}}}
	good := Run{Plan: with("scale-up", "write=1:lose"), Family: &loseAnswer, arrived: true, digest: lesson.digest,
		descriptors: 12, armed: noon, end: at(3), exchanges: make([]proxy.Exchange, 12)}
	for name, test := range map[string]struct {
		spoil func(*Run)
		want  int
	}{
		"as without faults":    {func(*Run) {}, 0},
		"another end":          {func(r *Run) { r.digest = observer.Digest{End: []string{"two pods"}} }, 2},
		"too many requests":    {func(r *Run) { r.exchanges = make([]proxy.Exchange, 25) }, 1},
		"they are for a start": {func(r *Run) { r.exchanges, r.starts = make([]proxy.Exchange, 25), 1 }, 0},
		"descriptors lost":     {func(r *Run) { r.descriptors = 40 }, 1},
	} {
		run := good
		test.spoil(&run)
		if run.judge(lesson); len(run.Problems) != test.want {
			t.Errorf("%s: %d problems, want %d: %q", name, len(run.Problems), test.want, run.Problems)
		}
	}
}
