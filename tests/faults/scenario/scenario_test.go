package scenario

import (
	"testing"

	"llc.test/e2e/harness"
	"llc.test/faults/observer"
)

// world is a canary at rest with two pods, to be spoiled.
func world() []*observer.Object {
	canary := &observer.Object{Kind: observer.Canaries, Meta: observer.Meta{Name: CanaryName, UID: "u", Generation: 3},
		Canary: &observer.Canary{Ready: true, ObservedGeneration: 3,
			Status: `{"replicas":2,"readyReplicas":2,"updatedReplicas":2,"podTemplateHash":"` + Hash(1) + `"}`}}
	objects := []*observer.Object{canary}
	for _, name := range []string{"jdk-0-a", "jdk-1-b"} {
		objects = append(objects, &observer.Object{Kind: observer.Pods,
			Meta: observer.Meta{Name: name, UID: name, Labels: map[string]string{harness.NameLabel: CanaryName, harness.HashLabel: Hash(1)},
				Owners: []observer.Owner{{Kind: "LongLivedCanary", UID: "u", Controller: true}}},
			Pod: &observer.Pod{Ready: true, Containers: []observer.Container{{Name: RolloutName, Image: FirstImage}}}})
	}
	return append(objects, &observer.Object{Kind: observer.Pods, Meta: observer.Meta{Name: "of-production"}})
}

func TestEnd(t *testing.T) {
	end := End{Replicas: 2, Image: FirstImage, Revision: 1}
	for name, test := range map[string]struct {
		end   End
		spoil func(canary, pod *observer.Object)
		is    bool
	}{
		"as it should be":   {end, func(_, _ *observer.Object) {}, true},
		"should be gone":    {End{Gone: true}, func(_, _ *observer.Object) {}, false},
		"one too few":       {End{Replicas: 3, Image: FirstImage, Revision: 1}, func(_, _ *observer.Object) {}, false},
		"another hash":      {end, func(_, pod *observer.Object) { pod.Labels[harness.HashLabel] = Hash(2) }, false},
		"another image":     {end, func(_, pod *observer.Object) { pod.Pod.Containers[0].Image = secondImage }, false},
		"another owner":     {end, func(_, pod *observer.Object) { pod.Owners[0].UID = "v" }, false},
		"not ready":         {end, func(_, pod *observer.Object) { pod.Pod.Ready = false }, false},
		"says not ready":    {end, func(canary, _ *observer.Object) { canary.Canary.Ready = false }, false},
		"says so of before": {end, func(canary, _ *observer.Object) { canary.Generation = 4 }, false},
		"tells of one": {end, func(canary, _ *observer.Object) {
			canary.Canary.Status = `{"replicas":1,"readyReplicas":1,"updatedReplicas":1,"podTemplateHash":"` + Hash(1) + `"}`
		}, false},
	} {
		seen := world()
		test.spoil(seen[0], seen[1])
		if err := test.end.Check(seen); (err == nil) != test.is {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := (End{Gone: true}).Check(nil); err != nil {
		t.Errorf("all is gone: %v", err)
	}
	if err := end.Check(nil); err == nil {
		t.Error("nothing is there, and that is taken for the end")
	}
}
