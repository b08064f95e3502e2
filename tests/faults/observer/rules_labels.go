package observer

import (
	"fmt"

	"llc.test/e2e/harness"
)

// foreignHash: a pod's hash label is one that its Rollout really had. One
// that left traffic has none.
func foreignHash(w *world, c *canary) []wrong {
	if c.gone {
		return nil
	}
	var wrongs []wrong
	rollout := w.rolloutOf(c)
	for _, pod := range c.allPods() {
		hash, has := pod.Labels[harness.HashLabel]
		if has && !rollout.known(hash) && !w.found[pod.UID+hash] {
			wrongs = append(wrongs, wrong{pod.UID, fmt.Sprintf("pod %s carries hash %q, which Rollout %s never had", pod.Name, hash, c.Canary.Rollout)})
		}
	}
	return wrongs
}

// drift: a live pod in traffic carries the stable hash, but for the time that
// it takes to follow.
func drift(w *world, c *canary) []wrong {
	stable := w.rolloutOf(c).stableHash()
	if c.gone || c.Deleted != nil || stable == "" {
		return nil
	}
	var wrongs []wrong
	for _, pod := range c.livePods() {
		if hash := pod.hash(); !pod.held() && hash != stable {
			wrongs = append(wrongs, wrong{pod.UID + stable, fmt.Sprintf("pod %s carries hash %q, stable is %q", pod.Name, hash, stable)})
		}
	}
	return wrongs
}

// hashBackwards: a pod that has followed to a hash does not return to one
// that was stable before it, unless it is stable again.
func hashBackwards(w *world, change *Change, _ Case) string {
	if change.Object.Kind != Pods || change.Verb != Modified {
		return ""
	}
	pod := change.Object
	rollout := w.rolloutOf(w.canary(pod.canaryUID()))
	if pod.canaryUID() == "" || pod.hash() == "" || !rollout.known(pod.hash()) {
		return ""
	}
	place := w.places[pod.UID]
	if rollout.next(pod.hash(), place) >= 0 {
		return ""
	}
	return fmt.Sprintf("has followed to hash %s, and goes back to %s, which was stable before it", rollout.stable[place].hash, pod.hash())
}
