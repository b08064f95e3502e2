package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
)

const readyLimit = 2 * time.Minute

// componentError is a component that did not do what it should, and the end
// of its log.
type componentError struct{ name, reason, log string }

func (e *componentError) Error() string {
	return fmt.Sprintf("%s %s; the end of its log:\n%s", e.name, e.reason, e.log)
}

func (c *cluster) componentError(name, reason string) error {
	text, err := os.ReadFile(c.logFile(name))
	if err != nil {
		return &componentError{name, reason, err.Error()}
	}
	if p := c.state.Processes[name]; p != nil && p.LogOffset < int64(len(text)) {
		text = text[p.LogOffset:]
	}
	return &componentError{name, reason, lastLines(text, 20)}
}

// dead names a component that should run and does not.
func (c *cluster) dead() string {
	for _, comp := range components {
		if p := c.state.Processes[comp.name]; p != nil && !p.Stopped && !p.alive() {
			return comp.name
		}
	}
	return ""
}

// await asks until probe agrees. It gives up when any component dies, and
// blames name when time is over.
func (c *cluster) await(ctx context.Context, name, what string, probe func() error) error {
	began := time.Now()
	for {
		err := probe()
		if ctx.Err() != nil {
			return errors.New("interrupted")
		}
		// Before success: a stranger on our port may have answered.
		if dead := c.dead(); dead != "" {
			return c.componentError(dead, "died")
		}
		if err == nil {
			return nil
		}
		if time.Since(began) > readyLimit {
			return c.componentError(name, fmt.Sprintf("is not ready after %s: %s: %v", readyLimit, what, err))
		}
		select {
		case <-ctx.Done():
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (c *cluster) awaitComponent(ctx context.Context, name string) error {
	return c.await(ctx, name, "probe", func() error { return findComponent(name).ready(ctx, c) })
}

// awaitObjects waits for what the components have to bring about: without
// it, the first pod of a test would be refused or stay pending.
func (c *cluster) awaitObjects(ctx context.Context) error {
	for _, namespace := range []string{"default", argoNamespace} {
		path := "/api/v1/namespaces/" + namespace + "/serviceaccounts/default"
		err := c.await(ctx, "kube-controller-manager", "ServiceAccount default in "+namespace, func() error {
			return c.object(ctx, path, &struct{}{})
		})
		if err != nil {
			return err
		}
	}
	return c.await(ctx, "kwok", "nodes", func() error { return c.nodesReady(ctx) })
}

type condition struct{ Type, Status string }

func isTrue(conditions []condition, kind string) bool {
	for _, cond := range conditions {
		if cond.Type == kind {
			return cond.Status == "True"
		}
	}
	return false
}

// nodesReady also wants the taints gone that keep pods off a new node.
func (c *cluster) nodesReady(ctx context.Context) error {
	var list struct {
		Items []struct {
			Spec   struct{ Taints []struct{ Key string } }
			Status struct{ Conditions []condition }
		}
	}
	if err := c.object(ctx, "/api/v1/nodes", &list); err != nil {
		return err
	}
	ready := 0
	for _, node := range list.Items {
		if isTrue(node.Status.Conditions, "Ready") && len(node.Spec.Taints) == 0 {
			ready++
		}
	}
	if ready < c.state.Nodes {
		return fmt.Errorf("%d of %d nodes are ready", ready, c.state.Nodes)
	}
	return nil
}

// crdsReady wants Argo's resources accepted and served.
func (c *cluster) crdsReady(ctx context.Context) error {
	var list struct {
		Items []struct {
			Metadata struct{ Name string }
			Status   struct{ Conditions []condition }
		}
	}
	if err := c.object(ctx, "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", &list); err != nil {
		return err
	}
	if len(list.Items) == 0 {
		return errors.New("no CustomResourceDefinition")
	}
	for _, crd := range list.Items {
		if !isTrue(crd.Status.Conditions, "Established") {
			return fmt.Errorf("%s is not Established", crd.Metadata.Name)
		}
	}
	return c.object(ctx, "/apis/argoproj.io/v1alpha1/rollouts?limit=1", &struct{}{})
}
