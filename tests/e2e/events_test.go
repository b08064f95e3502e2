package e2e

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	eventsv1 "k8s.io/api/events/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"llc.test/e2e/harness"
)

// told are the Events of one canary that a test has seen.
type told struct {
	*scene
	seen map[string]bool // by name
}

// TestEvents: each transition in a canary's life is told, and told once.
func TestEvents(t *testing.T) {
	s := sharedAtOnce(t)
	s.applyRollout()
	events := &told{s, map[string]bool{}}
	s.applyCanary()
	events.expect("created", "Normal PodCreated", "Normal Ready", "Normal TrafficAttached")
	s.promote("argoproj/rollouts-demo:yellow")
	s.awaitReady(canary)
	events.expect("promoted", "Normal Relabelled", "Normal TemplateDrifted")
	s.kubectl("scale", "llc/"+canary, "--replicas=2")
	s.awaitReady(canary)
	events.expect("scaled", "Normal NotReady", "Normal PodCreated", "Normal Ready")
	s.patchCanary(canary, `{"spec":{"paused":true}}`)
	events.expect("paused", "Normal Paused")
	s.patchCanary(canary, `{"spec":{"paused":false}}`)
	events.expect("unpaused", "Normal Ready", "Normal Unpaused")
	s.patchCanary(canary, `{"spec":{"traffic":{"mode":"None"}}}`)
	events.expect("taken out of traffic", "Normal NotReady?", "Normal Ready?", "Normal TrafficDetached")
	s.patchCanary(canary, `{"spec":{"traffic":{"mode":"Service"}}}`)
	events.expect("put back", "Normal NotReady?", "Normal Ready?", "Normal TrafficAttached")
	s.crash(9, s.mustPods(2)[0])
	events.expect("failed", "Normal TrafficDetached", "Warning CrashLooping")
	s.kubectl(resumed(canary)...)
	s.awaitReady(canary)
	events.expect("resumed", "Normal PodCreated", "Normal PodDeleted", "Normal Ready", "Normal Resumed", "Normal TrafficAttached")
	s.patchCanary(canary, `{"spec":{"image":null,"containers":[{"name":"sidecar","image":"a"}]}}`)
	events.expect("made impossible", "Warning InvalidOverride")
	s.patchCanary(canary, `{"spec":{"containers":null,"image":"argoproj/rollouts-demo:jdk22"}}`)
	s.awaitReady(canary)
	events.expect("mended", "Normal PodCreated", "Normal PodCreated", "Normal PodDeleted", "Normal PodDeleted", "Normal Ready")
	s.kubectl("delete", "rollout", demo)
	events.expect("bereft", "Warning RolloutNotFound")
	s.applyRollout("rollouts-demo:blue", "rollouts-demo:green")
	s.awaitReady(canary)
	events.expect("at home again", "Normal Ready", "Normal StableNotReady?", "Normal TemplateDrifted",
		"Normal TrafficAttached", "Normal WaitingForStable?")
	s.kubectl("delete", "llc", canary)
	events.expect("deleted")
}

// expect waits until exactly those Events, "Type Reason" in alphabetical
// order, have come since the last time, and sees that no more come. What ends
// in ? need not come: it tells of a state that may not last long enough.
func (events *told) expect(when string, want ...string) {
	events.Helper()
	var fresh []eventsv1.Event
	var got []string
	look := func() error {
		var err error
		if fresh, err = events.fresh(); err != nil {
			return err
		}
		got = nil
		for _, event := range fresh {
			got = append(got, event.Type+" "+event.Reason)
		}
		slices.Sort(got)
		return compareEvents(got, want)
	}
	err := harness.Await(events.ctx, 10*time.Second, when, look)
	if err == nil {
		err = harness.Hold(events.ctx, time.Second, when, look)
	}
	if err != nil {
		events.Error(err)
	}
	for _, event := range fresh {
		events.seen[event.Name] = true
		events.Logf("%s: %s %s (%s): %s", when, event.Type, event.Reason, event.Action, event.Note)
		if problem := checkEvent(&event); problem != nil {
			events.Errorf("%s: Event %s: %v", when, event.Reason, problem)
		}
	}
}

func compareEvents(got, want []string) error {
	left := slices.Clone(got)
	for _, event := range want {
		name, optional := strings.CutSuffix(event, "?")
		if i := slices.Index(left, name); i >= 0 {
			left = slices.Delete(left, i, i+1)
		} else if !optional {
			return fmt.Errorf("the new Events are %q, want %q", got, want)
		}
	}
	if len(left) > 0 {
		return fmt.Errorf("the new Events are %q, want %q", got, want)
	}
	return nil
}

// fresh are the Events of the canary that have not been seen before.
func (events *told) fresh() ([]eventsv1.Event, error) {
	all, err := events.eventsOf(canary)
	return slices.DeleteFunc(all, func(event eventsv1.Event) bool { return events.seen[event.Name] }), err
}

// eventsOf are all Events of one canary, in the order of their times.
func (s *scene) eventsOf(name string) ([]eventsv1.Event, error) {
	list, err := s.Kube.EventsV1().Events(s.ns).List(s.ctx, metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	all := slices.DeleteFunc(list.Items, func(event eventsv1.Event) bool {
		return event.Regarding.Kind != "LongLivedCanary" || event.Regarding.Name != name
	})
	slices.SortFunc(all, func(a, b eventsv1.Event) int {
		return cmp.Or(a.EventTime.Compare(b.EventTime.Time), strings.Compare(a.Reason, b.Reason))
	})
	return all, nil
}

// checkEvent is nil when the Event says all that one must say.
func checkEvent(event *eventsv1.Event) error {
	switch regarding := event.Regarding; {
	case regarding.APIVersion != "argo-canary.dev/v1alpha1" || regarding.Name != canary || regarding.UID == "" ||
		regarding.Namespace != event.Namespace:
		return fmt.Errorf("it regards %+v", regarding)
	case event.Note == "" || event.Action == "":
		return fmt.Errorf("note %q, action %q", event.Note, event.Action)
	case event.ReportingController == "" || event.ReportingInstance == "":
		return fmt.Errorf("reported by %q, instance %q", event.ReportingController, event.ReportingInstance)
	case time.Since(event.EventTime.Time) > time.Minute:
		return fmt.Errorf("its time is %s", event.EventTime)
	}
	return nil
}
