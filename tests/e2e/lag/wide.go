package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"

	"llc.test/e2e/harness"
)

const (
	nsWide, nsWideBare = "lag-wide", "lag-wide-bare"
	widePods           = 1000
	wideRounds         = 3 // of each parallelism
	wideLimit          = 1.3
	relabelledAt       = "argo-canary.dev/relabelled-at"
)

// How many patches the bare client has in flight; what serves it best counts.
var parallelisms = []int{4, 8, 16, 32}

// wide is one promotion of a Rollout with many canary pods, beside a bare
// client that sends the same patches to as many pods like them, with the same
// token: what the API server asks of each is part of the price.
type wide struct {
	cluster *harness.Cluster
	thief   *rest.Config
	bare    []corev1.Pod
	hashes  int
}

// measureWide says whether ours takes as long as promised at most.
func measureWide(ctx context.Context, cluster *harness.Cluster) (within bool, err error) {
	w := &wide{cluster: cluster}
	if err := w.prepare(ctx); err != nil {
		return false, err
	}
	ctl, err := w.start(ctx, nsWide) // who looks after nsWideBare is the bare client
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, ctl.Stop()) }()
	var ours []time.Duration
	bare := map[int][]time.Duration{}
	for range wideRounds {
		for _, parallelism := range parallelisms {
			lasted, err := w.promote(ctx)
			if err != nil {
				return false, fmt.Errorf("promotion of %d pods: %w", widePods, err)
			}
			ours = append(ours, lasted)
			if lasted, err = w.sendPatches(ctx, parallelism); err != nil {
				return false, fmt.Errorf("bare client, %d at a time: %w", parallelism, err)
			}
			bare[parallelism] = append(bare[parallelism], lasted)
		}
	}
	return reportWide(ours, bare), nil
}

func median(durations []time.Duration) time.Duration {
	return slices.Sorted(slices.Values(durations))[len(durations)/2]
}

func reportWide(ours []time.Duration, bare map[int][]time.Duration) bool {
	fmt.Printf("one promotion of %d canary pods, until the last label is seen (median):\n", widePods)
	fmt.Printf("%-26s %8.0f ms\n", "controller", float64(median(ours).Milliseconds()))
	best := time.Duration(0)
	for _, parallelism := range parallelisms {
		lasted := median(bare[parallelism])
		if best == 0 || lasted < best {
			best = lasted
		}
		fmt.Printf("bare client, %2d at a time %9.0f ms\n", parallelism, float64(lasted.Milliseconds()))
	}
	ratio := float64(median(ours)) / float64(best)
	verdict := "within"
	if ratio > wideLimit {
		verdict = "NOT within"
	}
	fmt.Printf("%.2f × the bare client's best, %s %.1f ×\n", ratio, verdict, wideLimit)
	return ratio <= wideLimit
}

func (w *wide) start(ctx context.Context, namespaces ...string) (*harness.Controller, error) {
	kubeconfig, err := w.cluster.ControllerKubeconfig(ctx, "wide", harness.Endpoint{})
	if err != nil {
		return nil, err
	}
	return w.cluster.StartController(harness.ControllerOptions{Name: "wide", Kubeconfig: kubeconfig, Namespaces: namespaces})
}

// prepare has a controller make the pods of both namespaces.
func (w *wide) prepare(ctx context.Context) error {
	ctl, err := w.start(ctx, nsWide, nsWideBare)
	if err != nil {
		return err
	}
	for _, ns := range []string{nsWide, nsWideBare} {
		if err == nil {
			_, err = w.cluster.Kubectl(ctx, "", "apply", "-n", ns, "-f", "examples/blue-green/canary.yaml")
		}
		if err == nil {
			_, err = w.cluster.Kubectl(ctx, "", "scale", "-n", ns, "llc/"+canaryName, fmt.Sprintf("--replicas=%d", widePods))
		}
	}
	for _, ns := range []string{nsWide, nsWideBare} {
		if err == nil {
			err = w.awaitReady(ctx, ns)
		}
	}
	if err = errors.Join(err, ctl.Stop()); err != nil {
		return err
	}
	pods, err := w.cluster.Kube.CoreV1().Pods(nsWideBare).List(ctx, metav1.ListOptions{LabelSelector: harness.NameLabel})
	if err != nil {
		return err
	}
	w.bare = pods.Items
	w.thief, err = w.cluster.ThiefConfig(ctx)
	return err
}

func (w *wide) awaitReady(ctx context.Context, namespace string) error {
	return harness.Await(ctx, 10*time.Minute, "all canary pods", func() error {
		canary, err := w.cluster.GetCanary(ctx, namespace, canaryName)
		if err == nil && canary.Status.ReadyReplicas != widePods {
			err = fmt.Errorf("%d are ready", canary.Status.ReadyReplicas)
		}
		if err == nil {
			err = canary.CheckReady()
		}
		return err
	})
}

// inParallel calls do for 0 … n-1, so many at a time.
func inParallel(parallelism, n int, do func(i int) error) error {
	var group sync.WaitGroup
	failures := make([]error, parallelism)
	next := make(chan int)
	for worker := range parallelism {
		group.Add(1)
		go func() {
			defer group.Done()
			for i := range next {
				if err := do(i); err != nil && failures[worker] == nil {
					failures[worker] = err
				}
			}
		}()
	}
	for i := range n {
		next <- i
	}
	close(next)
	group.Wait()
	return errors.Join(failures...)
}

// lookout is an independent watch of the pods of a namespace.
type lookout struct {
	cancel context.CancelFunc
	seen   chan struct{} // all pods have the hash
	ended  chan error
}

// lookFor returns once the watch has told what there is.
func (w *wide) lookFor(ctx context.Context, namespace, hash string) (*lookout, error) {
	client, err := newClient(w.cluster.Admin, 1)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	l := &lookout{cancel: cancel, seen: make(chan struct{}), ended: make(chan error, 1)}
	there := make(chan struct{})
	go func() {
		pods := map[string]bool{} // name → has the hash
		missing := widePods
		l.ended <- watchPath(ctx, client, w.cluster.Admin.Host+"/api/v1/namespaces/"+namespace+"/pods", metadataOnly, func(event *watched) {
			meta := event.Object.Metadata
			if meta.Labels[harness.NameLabel] == "" {
				return // one of the stable ReplicaSet's
			}
			has, known := pods[meta.Name]
			pods[meta.Name] = meta.Labels[harness.HashLabel] == hash
			if pods[meta.Name] && !has {
				missing--
			}
			if !known && len(pods) == widePods {
				close(there)
			}
			if missing == 0 && !has {
				close(l.seen)
			}
		})
	}()
	select {
	case <-there:
		return l, nil
	case err := <-l.ended:
		cancel()
		return nil, err
	}
}

func (l *lookout) await(ctx context.Context) error {
	defer l.cancel()
	select {
	case <-l.seen:
		return nil
	case err := <-l.ended:
		return err
	case <-time.After(2 * time.Minute):
		return errors.New("not all labels have followed within two minutes")
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (w *wide) nextHash() string {
	w.hashes++
	return fmt.Sprintf("%09x", 0xdef000000+w.hashes)
}

// promote changes stableRS and waits for our controller.
func (w *wide) promote(ctx context.Context) (time.Duration, error) {
	writer, err := newClient(w.cluster.Admin, 1)
	if err != nil {
		return 0, err
	}
	hash := w.nextHash()
	look, err := w.lookFor(ctx, nsWide, hash)
	if err != nil {
		return 0, err
	}
	began := time.Now()
	status := w.cluster.Admin.Host + "/apis/argoproj.io/v1alpha1/namespaces/" + nsWide + "/rollouts/" + rolloutName + "/status"
	if err := mergePatch(ctx, writer, status, strings.NewReader(`{"status":{"stableRS":"`+hash+`"}}`)); err != nil {
		return 0, err
	}
	if err := look.await(ctx); err != nil {
		return 0, err
	}
	lasted := time.Since(began)
	return lasted, harness.Await(ctx, time.Minute, "the status", func() error {
		canary, err := w.cluster.GetCanary(ctx, nsWide, canaryName)
		if err == nil && canary.Status.PodTemplateHash != hash {
			err = fmt.Errorf("podTemplateHash is %q", canary.Status.PodTemplateHash)
		}
		return err
	})
}

// sendPatches sends what our controller sends, and knows all pods beforehand.
func (w *wide) sendPatches(ctx context.Context, parallelism int) (time.Duration, error) {
	client, err := newClient(w.thief, parallelism)
	if err != nil {
		return 0, err
	}
	hash := w.nextHash()
	look, err := w.lookFor(ctx, nsWideBare, hash)
	if err != nil {
		return 0, err
	}
	began := time.Now()
	err = inParallel(parallelism, len(w.bare), func(i int) error {
		return w.sendPatch(ctx, client, &w.bare[i], hash)
	})
	if err != nil {
		return 0, err
	}
	if err := look.await(ctx); err != nil {
		return 0, err
	}
	return time.Since(began), nil
}

func (w *wide) sendPatch(ctx context.Context, client *http.Client, pod *corev1.Pod, hash string) error {
	type metadata struct {
		UID         types.UID         `json:"uid"`
		Labels      map[string]string `json:"labels"`
		Annotations map[string]string `json:"annotations"`
	}
	patch, err := json.Marshal(map[string]metadata{"metadata": {
		UID:         pod.UID,
		Labels:      map[string]string{harness.HashLabel: hash},
		Annotations: map[string]string{relabelledAt: time.Now().UTC().Format(time.RFC3339)},
	}})
	if err != nil {
		return err
	}
	target := w.cluster.Admin.Host + "/api/v1/namespaces/" + nsWideBare + "/pods/" + pod.Name
	return mergePatch(ctx, client, target, strings.NewReader(string(patch)))
}
