package observer

import (
	"fmt"
	"slices"
)

// untruthful: what says Ready=True of the newest spec is so, but for the time
// that it takes to notice that it is no more. A paused canary says so itself.
func untruthful(w *world, c *canary) []wrong {
	status := c.Canary
	if c.gone || c.Deleted != nil || !status.Ready || status.ObservedGeneration != c.Generation || status.ReadyReason == "Paused" {
		return nil
	}
	if text := w.untrue(c); text != "" {
		return []wrong{{"", "Ready=True (" + status.ReadyReason + "), but " + text}}
	}
	return nil
}

// untrue is why a canary is not ready; "" = it is.
func (w *world) untrue(c *canary) string {
	if text := w.outOfHand(c); text != "" {
		return text
	}
	for _, pod := range c.livePods() {
		if !pod.Pod.Ready {
			return fmt.Sprintf("pod %s is not ready", pod.Name)
		}
		if c.Canary.Update != "OnDelete" && !c.Canary.made(pod) {
			return fmt.Sprintf("pod %s runs %v", pod.Name, pod.Pod.Containers)
		}
	}
	return ""
}

// outOfHand is what is not yet as it should be and needs nobody but the
// controller.
func (w *world) outOfHand(c *canary) string {
	rollout, live := w.rolloutOf(c), c.livePods()
	if rollout == nil || rollout.gone || rollout.Deleted != nil {
		return fmt.Sprintf("there is no Rollout %s", c.Canary.Rollout)
	}
	if n := int64(len(live)); n != c.Replicas() {
		return fmt.Sprintf("%d pods live, replicas are %d", n, c.Replicas())
	}
	outOfTraffic := c.Canary.Traffic == "None"
	for _, pod := range live {
		if pod.held() != outOfTraffic {
			return fmt.Sprintf("that pod %s is out of traffic is %t", pod.Name, pod.held())
		}
		if !pod.held() && pod.hash() != rollout.Rollout.StableRS {
			return fmt.Sprintf("pod %s carries hash %q, stable is %q", pod.Name, pod.hash(), rollout.Rollout.StableRS)
		}
	}
	return ""
}

// outOfStep is outOfHand for who looks from outside.
func (w *world) outOfStep(c *canary) string {
	switch {
	case c.gone && len(c.pods) == 0:
		return ""
	case c.gone || c.Deleted != nil:
		return fmt.Sprintf("it is going, with %d pods", len(c.pods))
	case c.Canary.ObservedGeneration != c.Generation:
		return fmt.Sprintf("generation %d is observed, not %d", c.Canary.ObservedGeneration, c.Generation)
	}
	return w.outOfHand(c)
}

func (w *world) unsettled(c *canary) string {
	text := w.outOfStep(c)
	switch {
	case text != "":
		return text
	case c.gone:
		return ""
	case !c.Canary.Ready:
		return "it is not ready: " + c.Canary.ReadyReason
	}
	return w.untrue(c)
}

// made says whether a pod runs the images that the spec overrides.
func (c *Canary) made(pod *Object) bool {
	runs := func(fits func(Container) bool) bool { return slices.ContainsFunc(pod.Pod.Containers, fits) }
	if c.Image != "" && !runs(func(has Container) bool { return has.Image == c.Image }) {
		return false
	}
	for _, wanted := range c.Containers {
		init := !runs(func(has Container) bool { return has.Name == wanted.Name })
		if wanted.Image != "" && !init && !slices.Contains(pod.Pod.Containers, wanted) {
			return false
		}
	}
	return true
}

// statusChurn: no write of the status that changes only times. Writes that
// change nothing at all make no revision: those are in the log of requests.
func statusChurn(w *world, change *Change, _ Case) string {
	if change.Object.Kind != Canaries || change.Verb != Modified {
		return ""
	}
	before, after := w.canary(change.Object.UID).Canary, change.Object.Canary
	if before.Status != after.Status && before.StatusTimeless == after.StatusTimeless {
		return "its status was written, and only times are new"
	}
	return ""
}
