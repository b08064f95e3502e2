package main

import (
	"context"
	"strings"
	"sync"

	"k8s.io/client-go/rest"

	"llc.test/e2e/harness"
)

// bareClient copies status.stableRS of the Rollouts of a namespace to the hash
// label of one pod. No cache, no queue, no status, no retry: the floor.
type bareClient struct {
	mu     sync.Mutex
	failed error
}

func (b *bareClient) fail(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.failed == nil {
		b.failed = err
	}
}

func (b *bareClient) err() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.failed
}

func startBareClient(ctx context.Context, admin *rest.Config, namespace, pod string) (*bareClient, error) {
	client, err := newClient(admin, 1) // the watch takes one connection, patches another
	if err != nil {
		return nil, err
	}
	b := new(bareClient)
	rollouts := admin.Host + "/apis/argoproj.io/v1alpha1/namespaces/" + namespace + "/rollouts"
	target := admin.Host + "/api/v1/namespaces/" + namespace + "/pods/" + pod
	go func() {
		last := ""
		b.fail(watchPath(ctx, client, rollouts, "application/json", func(event *watched) {
			hash := event.Object.Status.StableRS
			if hash == last {
				return
			}
			last = hash
			patch := `{"metadata":{"labels":{"` + harness.HashLabel + `":"` + hash + `"}}}`
			if err := mergePatch(ctx, client, target, strings.NewReader(patch)); err != nil {
				b.fail(err)
			}
		}))
	}()
	return b, nil
}
