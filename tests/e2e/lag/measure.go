package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"llc.test/e2e/harness"
)

const (
	warmUp    = 20                    // changes of each that are not counted
	pause     = 30 * time.Millisecond // between changes: what follows a relabel is over
	seenLimit = 20 * time.Second
)

// sighting is a label as the independent watch sees it.
type sighting struct {
	hash string
	at   time.Time
}

// measure changes stableRS of both Rollouts in turn.
func measure(ctx context.Context, cluster *harness.Cluster, changes int) (ours, bare []time.Duration, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	oursSide, err := newSide(ctx, cluster, nsOurs, func(event *watched) bool {
		return event.Object.Metadata.Labels[harness.NameLabel] == canaryName
	})
	if err != nil {
		return nil, nil, err
	}
	bareSide, err := newSide(ctx, cluster, nsBare, func(event *watched) bool {
		return event.Object.Metadata.Name == barePod
	})
	if err != nil {
		return nil, nil, err
	}
	for i := range warmUp + changes {
		hash := fmt.Sprintf("%09x", 0xabc000000+i)
		for _, side := range []*side{oursSide, bareSide} {
			lag, err := side.change(ctx, hash)
			if err != nil {
				return nil, nil, fmt.Errorf("change %d in %s: %w", i, side.namespace, err)
			}
			if i >= warmUp {
				side.lags = append(side.lags, lag)
			}
			time.Sleep(pause)
		}
	}
	return oursSide.lags, bareSide.lags, nil
}

// side is one of the two that are compared: its Rollout, its pod, its lags.
type side struct {
	namespace string
	rollout   string // URL of its status
	writer    *http.Client
	sightings chan sighting
	ended     chan error
	lags      []time.Duration
}

func newSide(ctx context.Context, cluster *harness.Cluster, namespace string, wanted func(*watched) bool) (*side, error) {
	watcher, err := newClient(cluster.Admin, 1)
	if err != nil {
		return nil, err
	}
	writer, err := newClient(cluster.Admin, 1)
	if err != nil {
		return nil, err
	}
	s := &side{
		namespace: namespace,
		rollout:   cluster.Admin.Host + "/apis/argoproj.io/v1alpha1/namespaces/" + namespace + "/rollouts/" + rolloutName + "/status",
		writer:    writer,
		sightings: make(chan sighting, 1024),
		ended:     make(chan error, 1),
	}
	go func() {
		pods := cluster.Admin.Host + "/api/v1/namespaces/" + namespace + "/pods"
		s.ended <- watchPath(ctx, watcher, pods, metadataOnly, func(event *watched) {
			if wanted(event) {
				s.sightings <- sighting{event.Object.Metadata.Labels[harness.HashLabel], time.Now()}
			}
		})
	}()
	return s, nil
}

// change sets stableRS and returns how long the label took to follow.
func (s *side) change(ctx context.Context, hash string) (time.Duration, error) {
	began := time.Now()
	if err := mergePatch(ctx, s.writer, s.rollout, strings.NewReader(`{"status":{"stableRS":"`+hash+`"}}`)); err != nil {
		return 0, err
	}
	for late := time.After(seenLimit); ; {
		select {
		case seen := <-s.sightings:
			if seen.hash == hash {
				return seen.at.Sub(began), nil
			}
		case err := <-s.ended:
			return 0, err
		case <-late:
			return 0, fmt.Errorf("the label did not follow within %s", seenLimit)
		}
	}
}

// report prints both and says whether ours is within what is promised.
func report(ours, bare []time.Duration) bool {
	fmt.Printf("lag of the label behind stableRS, %d changes each:\n", len(ours))
	fmt.Printf("%-12s %9s %9s %9s %9s\n", "", "p50", "p95", "p99", "max")
	quantiles := func(name string, lags []time.Duration) [4]time.Duration {
		sorted := slices.Sorted(slices.Values(lags))
		at := func(q float64) time.Duration { return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))] }
		values := [4]time.Duration{at(0.50), at(0.95), at(0.99), sorted[len(sorted)-1]}
		fmt.Printf("%-12s", name)
		for _, value := range values {
			fmt.Printf(" %6.2f ms", float64(value)/float64(time.Millisecond))
		}
		fmt.Println()
		return values
	}
	a, b := quantiles("controller", ours), quantiles("bare client", bare)
	fmt.Printf("%-12s", "ratio")
	for i := range a {
		fmt.Printf(" %9.2f", float64(a[i])/float64(b[i]))
	}
	fmt.Println()
	p50, p95 := float64(a[0])/float64(b[0]), float64(a[1])/float64(b[1])
	within := p50 <= limitP50 && p95 <= limitP95
	verdict := "within"
	if !within {
		verdict = "NOT within"
	}
	fmt.Printf("%s %.1f × at p50 and %.1f × at p95\n", verdict, limitP50, limitP95)
	return within
}
