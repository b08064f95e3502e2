package observer

import (
	"fmt"
)

// slotDoubled: never two live pods of one slot.
func slotDoubled(_ *world, c *canary) []wrong {
	var wrongs []wrong
	holders := map[string]*Object{}
	for _, pod := range c.livePods() {
		slot := pod.slot()
		if holder := holders[slot]; holder != nil && slot != "" {
			wrongs = append(wrongs, wrong{slot, fmt.Sprintf("slot %s has two live pods: %s and %s", slot, holder.Name, pod.Name)})
		}
		holders[slot] = pod
	}
	return wrongs
}

// overshoot: no create commits while there are as many live pods as anybody
// may want.
func overshoot(w *world, change *Change, _ Case) string {
	owner := w.ownerOfNew(change)
	if owner == nil || len(owner.generations) == 0 {
		return ""
	}
	live := int64(len(owner.livePods()))
	most, known := owner.mostWanted()
	if !known || live < most {
		return ""
	}
	return fmt.Sprintf("created as the %d. live pod of %s; the largest replicas since generation %d are %d", live+1, owner,
		owner.Canary.ObservedGeneration, most)
}

// surplus: too many live pods are gone within a limit that begins with each
// spec. While a canary is paused nothing is deleted.
func surplus(_ *world, c *canary) []wrong {
	live := int64(len(c.livePods()))
	if c.gone || c.Deleted != nil || c.Canary.Paused || live <= c.Replicas() {
		return nil
	}
	return []wrong{{fmt.Sprint(c.Generation), fmt.Sprintf("%d live pods, replicas are %d", live, c.Replicas())}}
}

// orphaned: the pods of a canary that is gone go as well.
func orphaned(_ *world, c *canary) []wrong {
	if !c.gone {
		return nil
	}
	var wrongs []wrong
	for _, pod := range c.allPods() {
		wrongs = append(wrongs, wrong{pod.UID, fmt.Sprintf("pod %s outlives its canary", pod.Name)})
	}
	return wrongs
}

// dyingCreate: once the controller knows that a canary is being deleted it
// creates no pod of it. What it knows is what the proxy has delivered to it;
// without a proxy, what it had time to learn.
func dyingCreate(w *world, change *Change, c Case) string {
	owner := w.ownerOfNew(change)
	if owner == nil || owner.dying.IsZero() {
		return ""
	}
	since := owner.dying
	if len(c.Log.Deliveries) > 0 {
		told, at := c.Log.delivered(owner.Object, owner.dyingAt)
		if !told {
			return ""
		}
		since = at
	}
	late := longestOutside(since, change.Seen, c.Outages)
	if late <= c.Limits.Dying {
		return ""
	}
	return fmt.Sprintf("created %s after the deletion of %s was known", late, owner)
}

// adopted: a canary's pod never passes to another controller.
func adopted(w *world, change *Change, _ Case) string {
	before := w.pods[change.Object.UID]
	if before == nil || change.Verb == Deleted || before.canaryUID() == "" {
		return ""
	}
	if owner := change.Object.controller(); owner != nil && owner.UID != before.canaryUID() {
		return fmt.Sprintf("passed from its canary to %s %s", owner.Kind, owner.Name)
	}
	return ""
}

// ownerOfNew is the canary whose pod is created by this change, or nil.
func (w *world) ownerOfNew(change *Change) *canary {
	if change.Verb != Added || change.Object.Kind != Pods {
		return nil
	}
	if uid := change.Object.canaryUID(); uid != "" {
		return w.canary(uid)
	}
	return nil
}
