package campaign

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"llc.test/faults/observer"
	"llc.test/faults/proxy"
)

// log is what the controller said and was told, for the observer.
func (t *theatre) log() observer.Log {
	var log observer.Log
	for _, x := range t.exchanges {
		log.Requests = append(log.Requests, observer.Request{
			Method: x.Method, Path: x.Path, Query: x.Query, Body: x.Body, Code: x.Code, Time: x.Arrived})
	}
	for _, e := range t.events {
		revision, err := strconv.ParseUint(e.ResourceVersion, 10, 64)
		if err == nil && e.Verdict == "" {
			log.Deliveries = append(log.Deliveries, observer.Delivery{
				Kind: observer.Kind(e.Resource), Name: e.Name, Revision: revision, Time: e.Seen})
		}
	}
	return log
}

// judge compares a run with the one without faults.
func (r *Run) judge(lesson *Lesson) {
	if lesson == nil || !r.arrived {
		return // it is being learned, or there is no end state to compare
	}
	for _, difference := range r.digest.Differences(lesson.digest) {
		r.complain("unlike the run without faults: %s", difference)
	}
	if problem := r.judgeRequests(lesson); problem != "" {
		r.complain("%s", problem)
	}
	if most := lesson.descriptors + spareDescriptors; r.descriptors > most {
		r.complain("%d descriptors are open, at most %d without faults", r.descriptors, lesson.descriptors)
	}
	r.Problems = append(r.Problems, resent(r.exchanges, r.events)...)
	if r.Family.judge != nil {
		r.Problems = append(r.Problems, r.Family.judge(r, lesson)...)
	}
}

// spareDescriptors: as many connections as are idle now and were not then.
const spareDescriptors = 4

// What a start, a fault and a consistency relist cost in requests: the lists
// and watches of each kind and the reads of a first pass; the request once
// more and a live read about it; the lists.
const (
	startCost  = 14
	faultCost  = 3
	relistCost = 4
)

func (r *Run) judgeRequests(lesson *Lesson) string {
	faulted := 0
	for _, x := range r.exchanges {
		if x.Verdict != "" {
			faulted++
		}
	}
	for _, e := range r.events {
		if e.Verdict != "" {
			faulted++
		}
	}
	allowed := (r.starts-lesson.starts)*startCost + faulted*faultCost + r.Family.relistsWithin(r.end.Sub(r.armed))*relistCost
	n := countRequests(r.exchanges)
	if most := lesson.requests*3/2 + allowed; n > most {
		return fmt.Sprintf("%d requests; %d without faults, so at most %d", n, lesson.requests, most)
	}
	return ""
}

// resent: a write that was committed, and whose answer a fault has spoiled, is
// not sent again by somebody who has not looked what became of it.
func resent(exchanges []proxy.Exchange, events []proxy.WatchEvent) (problems []string) {
	for i, lost := range exchanges {
		if lost.W == 0 || lost.Verdict == "" || lost.Code < 200 || lost.Code > 299 {
			continue
		}
		for _, next := range exchanges[i+1:] {
			if next.Resource == kindOf(lost) && (next.Verb == proxy.Get || next.Verb == proxy.List) {
				break
			}
			if sameTarget(lost, next) && bytes.Equal(lost.Body, next.Body) && !heardOf(lost, next.Arrived, events) {
				problems = append(problems, fmt.Sprintf("%s %s was committed, and sent again without a look", next.Method, next.Path))
				break
			}
		}
	}
	return problems
}

// heardOf says whether a watch told of that kind of object in between. Of pods
// that is no look: their watch may tell of the write itself.
func heardOf(lost proxy.Exchange, until time.Time, events []proxy.WatchEvent) bool {
	return kindOf(lost) != "pods" && slices.ContainsFunc(events, func(e proxy.WatchEvent) bool {
		return e.Resource == kindOf(lost) && e.Verdict == "" && e.Seen.After(lost.Arrived) && e.Seen.Before(until)
	})
}

// kindOf is the resource less its subresource.
func kindOf(x proxy.Exchange) string {
	kind, _, _ := strings.Cut(x.Resource, "/")
	return kind
}

// countRequests leaves Events out: each is sent once, and told by nobody.
func countRequests(exchanges []proxy.Exchange) int {
	return len(slices.DeleteFunc(slices.Clone(exchanges), func(x proxy.Exchange) bool { return x.Resource == "events" }))
}

// leavesPodsAlone: what can't be read, or has not been heard of yet, is there
// all the same. Whoever takes it for gone asks for pods that exist.
func leavesPodsAlone(r *Run, lesson *Lesson) []string {
	if lesson.starts > 0 { // two run, and each asks for itself
		return nil
	}
	if n := countPodWrites(r.exchanges); n > lesson.podWrites {
		return []string{fmt.Sprintf("%d creates and deletes of pods, %d without faults", n, lesson.podWrites)}
	}
	return nil
}
