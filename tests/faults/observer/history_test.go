package observer

import (
	"slices"
	"testing"
	"time"
)

func TestWatchesAreMergedInTheOrderOfCommits(t *testing.T) {
	at := func(revision uint64, listed bool) Change {
		return Change{Object: &Object{Revision: revision}, Listed: listed}
	}
	var revisions []uint64
	for _, c := range ordered([]Change{at(9, false), at(5, true), at(7, false), at(8, false), at(3, true)}) {
		revisions = append(revisions, c.Revision())
	}
	if want := []uint64{3, 5, 7, 8, 9}; !slices.Equal(revisions, want) {
		t.Errorf("%v, want %v", revisions, want)
	}
}

func TestLongestOutside(t *testing.T) {
	at := func(s int) time.Time { return time.Unix(int64(s), 0) }
	for _, each := range []struct {
		spans []Span
		want  int
	}{
		{nil, 10},
		{[]Span{{at(2), at(5)}}, 5},
		{[]Span{{at(7), at(8)}, {at(2), at(5)}}, 2},
		{[]Span{{at(-3), at(1)}, {at(20), at(30)}}, 9},
		{[]Span{{at(4), time.Time{}}}, 4},
		{[]Span{{at(-1), at(11)}}, 0},
		{[]Span{{at(1), at(9)}, {at(2), at(3)}}, 1},
	} {
		var outages []Outage
		for _, span := range each.spans {
			outages = append(outages, Outage{Span: span})
		}
		if got := longestOutside(at(0), at(10), outages); got != time.Duration(each.want)*time.Second {
			t.Errorf("%v: %s, want %d s", each.spans, got, each.want)
		}
	}
}

func TestWhatWasThereAlreadyIsNotJudged(t *testing.T) {
	p := begin(t)
	p.create("jdk-1-ccccc") // two of slot 1, one too many
	p.gone("jdk-1-ccccc")
	p.Base = p.revision
	p.breaks()
}

func TestWhatIsStillSoAfterTheBeginningIsJudged(t *testing.T) {
	p := begin(t)
	p.create("jdk-1-ccccc")
	p.Base = p.revision
	p.relabel("jdk-0-aaaaa", "h1")
	p.breaks("slot-doubled")
}

func TestDecodeCanary(t *testing.T) {
	object, err := decode(Canaries, []byte(`{"metadata":{"name":"jdk","uid":"u","resourceVersion":"7","generation":2,"creationTimestamp":"2024-01-01T00:00:00Z"},
		"spec":{"rolloutRef":{"name":"shop"},"replicas":2,"image":"jdk:1","traffic":{"mode":"None"}},
		"status":{"observedGeneration":2,"conditions":[{"type":"Ready","status":"True","reason":"AllReady","lastTransitionTime":"2024-01-01T00:00:00Z"}]}}`))
	if err != nil {
		t.Fatal(err)
	}
	c := object.Canary
	if object.Revision != 7 || c.Rollout != "shop" || c.Replicas != 2 || c.Traffic != "None" || !c.Ready || c.ObservedGeneration != 2 {
		t.Errorf("%+v %+v", object, c)
	}
	if c.Status == c.StatusTimeless {
		t.Errorf("%s keeps its times", c.StatusTimeless)
	}
}

func TestDigestMasksWhatDiffersFromRunToRun(t *testing.T) {
	one, other := begin(t), begin(t)
	other.create("jdk-1-zzzzz")
	other.gone("jdk-1-zzzzz")
	a, b := digestOf(one.Changes), digestOf(other.Changes)
	if !slices.Equal(a.End, b.End) {
		t.Errorf("end states differ: %v and %v", a.End, b.End)
	}
	if lines := a.Differences(b); len(lines) != 2 {
		t.Errorf("%v, want a pod created and a pod deleted", lines)
	}
	other.relabel("jdk-1-bbbbb", "h9")
	if lines := digestOf(other.Changes).Differences(a); len(lines) != 4 {
		t.Errorf("%v, want two lines more", lines)
	}
}
