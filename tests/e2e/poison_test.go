package e2e

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"llc.test/e2e/harness"
)

// poisonLimit is what a hostile Rollout may add to the controller, in KiB.
const poisonLimit = 4 << 10

// poisonBytes is close to the most that etcd takes, less what Argo adds.
const poisonBytes = 1_400_000

const poisonDepth = 9_000

// TestPoisonRollout: a Rollout that is legal, and made to hurt whoever reads
// it, costs next to nothing and changes nothing for the others. The field is
// one whose contents the CRD preserves and nobody here reads.
func TestPoisonRollout(t *testing.T) {
	s := own(t)
	s.applyRollout("activeService:", "scaleDownDelaySeconds: 1\n      activeService:")
	s.applyCanary()
	s.hold(2*time.Second, "one pod", func() error { return s.countPods(1) })
	before, err := harness.ReadMemory(s.ctl.Pid())
	s.must(err)
	t.Logf("before: %s", before)

	peak := harness.WatchMemory(s.ctl.Pid())
	s.createPoison("wide", "["+strings.Repeat("{},", poisonBytes/3-1)+"{}]")
	s.createPoison("deep", strings.Repeat("[", poisonDepth)+strings.Repeat("]", poisonDepth))
	s.createPoison("deep-objects", strings.Repeat(`{"a":`, poisonDepth)+"1"+strings.Repeat("}", poisonDepth))
	s.await(soon, "the controller to have seen them", func() error { return s.checkRolloutsSeen(4) })
	s.followPromotion("yellow")
	s.judgePoison("running", before, peak.Stop())

	// The second time it lists them.
	s.must(s.ctl.Stop())
	s.start(harness.Endpoint{})
	peak = harness.WatchMemory(s.ctl.Pid())
	s.must(s.ctl.AwaitReady(s.ctx, soon))
	s.await(soon, "the controller to have listed them", func() error { return s.checkRolloutsSeen(4) })
	s.followPromotion("green")
	s.judgePoison("restarted", before, peak.Stop())
}

func (s *scene) judgePoison(when string, before, peak harness.Memory) {
	s.Helper()
	s.Logf("%s, peak: %s", when, peak)
	if grown := peak.Anon - before.Anon; grown > poisonLimit && !suite.sanitized {
		s.Errorf("%s: RssAnon grew by %d KiB, want %d at most", when, grown, poisonLimit)
	}
}

// followPromotion sees the good Rollout's canary follow as ever.
func (s *scene) followPromotion(colour string) {
	s.Helper()
	hash := s.promote("argoproj/rollouts-demo:" + colour)
	s.await(soon, "one hash", func() error { return s.checkHash(hash) })
	s.awaitReady(canary)
}

// createPoison posts the bytes as they are: no client of ours has to build
// or read them.
func (s *scene) createPoison(name, json string) {
	s.Helper()
	const rollout = `{"apiVersion":"argoproj.io/v1alpha1","kind":"Rollout","metadata":{"name":%q},
	"spec":{"replicas":0,"paused":true,"selector":{"matchLabels":{"app":%[1]q}},
	"template":{"metadata":{"labels":{"app":%[1]q}},"spec":{"containers":[{"name":"a","image":"a"}]}},
	"strategy":{"canary":{"trafficRouting":{"plugins":{"poison":%s}}}}}}`
	stored, err := s.Kube.Discovery().RESTClient().Post().
		AbsPath("/apis/argoproj.io/v1alpha1/namespaces", s.ns, "rollouts").
		SetHeader("Content-Type", "application/json").
		Body(fmt.Appendf(nil, rollout, name, json)).DoRaw(s.ctx)
	if err != nil {
		s.Fatalf("create Rollout %s: %v", name, err)
	}
	if !strings.Contains(string(stored), json) {
		s.Fatalf("the API server did not keep the poison of Rollout %s", name)
	}
}

var rolloutObjects = regexp.MustCompile(`(?m)^llc_cache_objects\{[^}]*resource="rollouts"[^}]*\} (\S+)$`)

// checkRolloutsSeen is nil when the controller knows that many Rollouts.
func (s *scene) checkRolloutsSeen(want int) error {
	_, body, err := s.ctl.Get(s.ctx, "/metrics")
	if err != nil {
		return err
	}
	match := rolloutObjects.FindStringSubmatch(body)
	if match == nil {
		return fmt.Errorf("no llc_cache_objects of rollouts in /metrics")
	}
	got, err := strconv.ParseFloat(match[1], 64)
	if err == nil && got != float64(want) {
		err = fmt.Errorf("it knows %g Rollouts, want %d", got, want)
	}
	return err
}
