package observer

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Digest is what two runs of one scenario have in common: the end state less
// what differs from run to run, and how many objects came and went on the way.
type Digest struct {
	End            []string // a line an object, in order
	Added, Deleted map[string]int
}

// Differences from another digest, one a line.
func (d Digest) Differences(other Digest) []string {
	var lines []string
	for _, line := range d.End {
		if !slices.Contains(other.End, line) {
			lines = append(lines, "only here: "+line)
		}
	}
	for _, line := range other.End {
		if !slices.Contains(d.End, line) {
			lines = append(lines, "only there: "+line)
		}
	}
	if len(lines) == 0 && len(d.End) != len(other.End) {
		lines = append(lines, fmt.Sprintf("%d objects here, %d there", len(d.End), len(other.End)))
	}
	lines = append(lines, countDifferences("created", d.Added, other.Added)...)
	return append(lines, countDifferences("deleted", d.Deleted, other.Deleted)...)
}

func countDifferences(what string, here, there map[string]int) []string {
	var lines []string
	kinds := slices.Sorted(maps.Keys(here))
	for _, kind := range slices.Sorted(maps.Keys(there)) {
		if _, both := here[kind]; !both {
			kinds = append(kinds, kind)
		}
	}
	for _, kind := range kinds {
		if here[kind] != there[kind] {
			lines = append(lines, fmt.Sprintf("%s %s: %d here, %d there", kind, what, here[kind], there[kind]))
		}
	}
	return lines
}

func sortObjects(objects []*Object) []*Object {
	slices.SortFunc(objects, func(a, b *Object) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name), cmp.Compare(a.UID, b.UID))
	})
	return objects
}

func digestOf(changes []Change) Digest {
	d := Digest{Added: map[string]int{}, Deleted: map[string]int{}}
	latest := map[string]*Object{}
	for _, c := range changes {
		latest[c.Object.UID] = c.Object
		switch c.Verb {
		case Added:
			d.Added[c.Object.group()]++
		case Deleted:
			d.Deleted[c.Object.group()]++
			delete(latest, c.Object.UID)
		case Modified:
		}
	}
	for _, object := range latest {
		d.End = append(d.End, object.masked())
	}
	slices.Sort(d.End)
	return d
}

// group under which objects are counted: pods by whose they are.
func (o *Object) group() string {
	if o.Kind != Pods {
		return string(o.Kind)
	}
	if owner := o.controller(); owner != nil {
		return fmt.Sprintf("pods of %s %s", owner.Kind, owner.Name)
	}
	return "pods of nobody"
}

// masked is an object without what differs from run to run: UIDs, versions,
// times, nodes, and the parts of names that are made of these.
func (o *Object) masked() string {
	switch o.Kind {
	case Pods:
		name := ""
		if o.canaryUID() != "" {
			name = " slot " + o.slot()
		}
		return fmt.Sprintf("%s%s: %s ready=%t deleting=%t %v labels %s", o.group(), name, o.Pod.Phase, o.Pod.Ready, o.Deleted != nil,
			o.Pod.Containers, labels(o.Labels))
	case ReplicaSets:
		return fmt.Sprintf("%s: replicas %d", o, o.ReplicaSet.Replicas)
	case Rollouts:
		return fmt.Sprintf("%s: replicas %d, stable %s", o, o.Rollout.Replicas, o.Rollout.StableRS)
	case Canaries:
		return fmt.Sprintf("%s: deleting=%t spec %s status %s", o, o.Deleted != nil, o.Canary.Spec, maskedStatus(o.Canary.Status))
	}
	return o.String()
}

func labels(m map[string]string) string {
	var pairs []string
	for _, key := range slices.Sorted(maps.Keys(m)) {
		pairs = append(pairs, key+"="+m[key])
	}
	return strings.Join(pairs, ",")
}

// maskedStatus leaves out generations and times, the steps that were skipped
// on the way to where it is, and the texts that name pods.
func maskedStatus(text string) string {
	var status map[string]any
	if err := json.Unmarshal([]byte(text), &status); err != nil {
		return text
	}
	conditions, _ := status["conditions"].([]any)
	for _, each := range conditions {
		if condition, ok := each.(map[string]any); ok {
			for _, key := range []string{"lastTransitionTime", "observedGeneration", "message"} {
				delete(condition, key)
			}
		}
	}
	for _, key := range []string{"observedGeneration", "lastRelabel", "incarnations", "failure", "recounted"} {
		delete(status, key)
	}
	return canonical(status)
}
