package scenario

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"llc.test/e2e/harness"
)

func create(ctx context.Context, s *Stage) error { return s.Create(ctx, 2) }

func scaleTo(replicas int64) func(context.Context, *Stage) error {
	return func(ctx context.Context, s *Stage) error {
		return s.change(ctx, map[string]any{"replicas": replicas})
	}
}

// change the canary's spec.
func (s *Stage) change(ctx context.Context, spec map[string]any) error {
	_, err := s.merge(ctx, harness.Canaries, CanaryName, map[string]any{"spec": spec})
	return err
}

func deleteBy(propagation metav1.DeletionPropagation) func(context.Context, *Stage) error {
	return func(ctx context.Context, s *Stage) error {
		return s.Dynamic.Resource(harness.Canaries).Namespace(s.Namespace).Delete(ctx, CanaryName,
			metav1.DeleteOptions{PropagationPolicy: &propagation})
	}
}

// orphan is refused by the shipped policy, and nothing comes of it.
func orphan(ctx context.Context, s *Stage) error {
	switch err := deleteBy(metav1.DeletePropagationOrphan)(ctx, s); {
	case err == nil:
		return errors.New("orphan deletion was not refused")
	case !harness.IsDenied(err, harness.OrphanPolicy, ""):
		return err
	}
	return nil
}

func promotion(ctx context.Context, s *Stage) error {
	if err := s.preview(ctx, 2); err != nil {
		return err
	}
	return s.promote(ctx, 2)
}

// rollback promotes a revision and then the one before it, whose ReplicaSet
// is still up.
func rollback(ctx context.Context, s *Stage) error {
	if err := promotion(ctx, s); err != nil {
		return err
	}
	return s.promote(ctx, 1)
}

// abort is what Argo does when the analysis after the switch fails: traffic
// goes back, and the new revision never was the stable one.
func abort(ctx context.Context, s *Stage) error {
	if err := s.preview(ctx, 2); err != nil {
		return err
	}
	return errors.Join(s.activate(ctx, 2), s.activate(ctx, 1), s.pointService(ctx, previewName, 1),
		s.scaleReplicaSet(ctx, 2, 0))
}

func twoPromotions(ctx context.Context, s *Stage) error {
	if err := errors.Join(s.preview(ctx, 2), s.preview(ctx, 3)); err != nil {
		return err
	}
	return errors.Join(s.promote(ctx, 2), s.promote(ctx, 3))
}

func killPod(ctx context.Context, s *Stage) error {
	list, err := s.Kube.CoreV1().Pods(s.Namespace).List(ctx, metav1.ListOptions{LabelSelector: harness.NameLabel})
	if err != nil {
		return err
	}
	if len(list.Items) == 0 {
		return errors.New("the canary has no pod")
	}
	victim := slices.MinFunc(list.Items, func(a, b corev1.Pod) int { return cmp.Compare(a.Name, b.Name) })
	return s.Kube.CoreV1().Pods(s.Namespace).Delete(ctx, victim.Name,
		metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: &victim.UID}})
}

// recreateRollout waits for the old ReplicaSet to be collected, as Argo would
// have to: the new one has its name.
func recreateRollout(ctx context.Context, s *Stage) error {
	background := metav1.DeletePropagationBackground
	err := s.Dynamic.Resource(harness.Rollouts).Namespace(s.Namespace).Delete(ctx, RolloutName,
		metav1.DeleteOptions{PropagationPolicy: &background})
	if err != nil {
		return err
	}
	if err := s.AwaitCollected(ctx); err != nil {
		return err
	}
	return s.CreateRollout(ctx, 1)
}

// AwaitCollected waits until the first ReplicaSet is gone: its Rollout is.
func (s *Stage) AwaitCollected(ctx context.Context) error {
	return s.awaitGone(ctx, replicaSets, replicaSetName(1))
}

func overrideChange(ctx context.Context, s *Stage) error {
	return s.change(ctx, map[string]any{"image": secondImage})
}

// upgrade has two versions of the controller run at once, as a Deployment's
// rolling update does, while the canary is scaled and production promoted.
func upgrade(ctx context.Context, s *Stage) error {
	if s.Controllers == nil {
		return fmt.Errorf("nobody runs controllers in %s", s.Namespace)
	}
	if err := s.Controllers.StartNext(ctx); err != nil {
		return err
	}
	if err := errors.Join(scaleTo(3)(ctx, s), promotion(ctx, s)); err != nil {
		return err
	}
	return s.Controllers.StopFirst(ctx)
}
