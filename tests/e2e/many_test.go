package e2e

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"llc.test/e2e/harness"
)

const (
	manyRollouts = 20
	manyCanaries = 3 // of each
)

// TestMany: all Rollouts of a namespace are promoted together. Each canary
// follows its own, at the price of one write a pod and one of the status.
func TestMany(t *testing.T) {
	s := shared(t)
	var rollouts, canaries []string
	for i := range manyRollouts {
		name := fmt.Sprintf("app-%02d", i)
		rollouts = append(rollouts, s.example("rollout.yaml", demo, name, "replicas: 3", "replicas: 1",
			"autoPromotionEnabled: false", "scaleDownDelaySeconds: 2"))
		for j := range manyCanaries {
			canaries = append(canaries, s.example("canary.yaml", "name: "+demo, "name: "+name,
				"name: "+canary, fmt.Sprintf("name: %s-%d", name, j)))
		}
	}
	s.apply(strings.Join(rollouts, "\n---\n"))
	s.apply(strings.Join(canaries, "\n---\n"))
	before := s.awaitMany(nil)
	s.awaitNoChange()

	recorded := s.record()
	audit, err := harness.OpenAudit(s.AuditLog)
	s.must(err)
	var patches sync.WaitGroup
	for name := range before {
		patches.Add(1)
		go func() {
			defer patches.Done()
			_, err := s.Dynamic.Resource(harness.Rollouts).Namespace(s.ns).Patch(s.ctx, name, types.JSONPatchType, []byte(
				`[{"op":"replace","path":"/spec/template/spec/containers/0/image","value":"argoproj/rollouts-demo:yellow"}]`),
				metav1.PatchOptions{})
			if err != nil {
				t.Errorf("Rollout %s: %v", name, err)
			}
		}()
	}
	patches.Wait()
	after := s.awaitMany(before)
	s.awaitNoChange() // the old ReplicaSets go, too
	changes, err := recorded.end()
	s.must(err)
	var worst time.Duration
	for _, hash := range after {
		lag, err := relabelLag(changes, hash)
		s.must(err)
		worst = max(worst, lag)
	}
	t.Logf("%d canaries of %d Rollouts were relabelled %s at most after stable changed", manyRollouts*manyCanaries,
		manyRollouts, worst.Round(time.Millisecond))
	if worst > 5*time.Second {
		t.Errorf("one was relabelled %s after stable had changed", worst)
	}
	s.judgePromotion(audit)
}

// awaitMany waits until all Rollouts are stable at other hashes than before,
// and all canaries are ready and carry theirs. It returns the hashes.
func (s *scene) awaitMany(before map[string]string) map[string]string {
	s.Helper()
	var hashes map[string]string
	s.await(2*soon, "all Rollouts and their canaries", func() error {
		hashes = map[string]string{}
		list, err := s.Dynamic.Resource(harness.Rollouts).Namespace(s.ns).List(s.ctx, metav1.ListOptions{})
		if err != nil {
			return err
		}
		for _, item := range list.Items {
			rollout, err := harness.DecodeRollout(item.Object)
			if err != nil {
				return err
			}
			name, hash := rollout.Metadata.Name, rollout.Status.StableRS
			if err := rollout.CheckStable(); err != nil || hash == before[name] {
				return fmt.Errorf("Rollout %s, hash %s: %w", name, hash, err)
			}
			hashes[name] = hash
		}
		for name := range hashes {
			for j := range manyCanaries {
				llc, err := s.GetCanary(s.ctx, s.ns, fmt.Sprintf("%s-%d", name, j))
				if err == nil {
					err = llc.CheckReady()
				}
				if err == nil && llc.Status.PodTemplateHash != hashes[name] {
					err = fmt.Errorf("its pods have hash %q, want %s", llc.Status.PodTemplateHash, hashes[name])
				}
				if err != nil {
					return fmt.Errorf("canary %s-%d: %w", name, j, err)
				}
			}
		}
		return nil
	})
	return hashes
}

// awaitNoChange waits until no Rollout, ReplicaSet or LongLivedCanary of the
// namespace has changed for longer than Argo's scaleDownDelay.
func (s *scene) awaitNoChange() {
	s.Helper()
	seen, since := "", time.Now()
	s.await(2*soon, "the namespace to come to rest", func() error {
		var versions []string
		rollouts, err := s.Dynamic.Resource(harness.Rollouts).Namespace(s.ns).List(s.ctx, metav1.ListOptions{})
		if err != nil {
			return err
		}
		canaries, err := s.Dynamic.Resource(harness.Canaries).Namespace(s.ns).List(s.ctx, metav1.ListOptions{})
		if err != nil {
			return err
		}
		for _, item := range append(rollouts.Items, canaries.Items...) {
			versions = append(versions, item.GetResourceVersion())
		}
		sets, err := s.Kube.AppsV1().ReplicaSets(s.ns).List(s.ctx, metav1.ListOptions{})
		if err != nil {
			return err
		}
		for _, set := range sets.Items {
			versions = append(versions, set.ResourceVersion)
		}
		if now := strings.Join(versions, " "); now != seen {
			seen, since = now, time.Now()
		}
		if quiet := time.Since(since); quiet < 4*time.Second {
			return fmt.Errorf("changed %s ago", quiet)
		}
		return nil
	})
}

// judgePromotion judges what our ServiceAccount wrote since the audit log was
// opened: one patch a pod, one status a canary at most, else only Events.
func (s *scene) judgePromotion(audit *harness.Audit) {
	s.Helper()
	events, err := audit.Select(harness.ByController(s.ns))
	s.must(err)
	pods, statuses, kinds := map[string]int{}, map[string]int{}, map[string]int{}
	for _, e := range events {
		if !e.IsWrite() {
			continue
		}
		what := e.Verb + " " + e.Resource()
		kinds[what]++
		switch what {
		case "patch pods":
			pods[e.ObjectRef.Name]++
		case "patch longlivedcanaries/status":
			statuses[e.ObjectRef.Name]++
		case "create events":
		default:
			s.Errorf("a promotion has no need of this: %s", e)
		}
	}
	for _, what := range slices.Sorted(maps.Keys(kinds)) {
		s.Logf("%5d × %s", kinds[what], what)
	}
	all, err := s.pods()
	s.must(err)
	for _, pod := range all {
		if pods[pod.Name] != 1 {
			s.Errorf("pod %s was patched %d times, want once", pod.Name, pods[pod.Name])
		}
	}
	for name, n := range statuses {
		if n > 1 {
			s.Errorf("the status of canary %s was written %d times, want once at most", name, n)
		}
	}
}
