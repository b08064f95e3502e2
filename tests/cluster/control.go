package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"time"
)

// healthy explains what is wrong with a cluster that should be up.
func (c *cluster) healthy(ctx context.Context) error {
	again := fmt.Sprintf("`down%s` and `up` again", nameFlag(c.state.Name))
	if dead := c.dead(); dead != "" {
		return fmt.Errorf("%w\nTo go on: `start %s%s`, or %s",
			c.componentError(dead, "died"), dead, nameFlag(c.state.Name), again)
	}
	if !c.state.Ready {
		return errors.New("its `up` did not come to an end: " + again)
	}
	for _, comp := range components {
		if comp.aside && c.state.Processes[comp.name] == nil {
			continue
		}
		if c.state.Processes[comp.name].Stopped {
			return fmt.Errorf("%s is stopped: `start %s%s`", comp.name, comp.name, nameFlag(c.state.Name))
		}
		if err := comp.ready(ctx, c); err != nil {
			return c.componentError(comp.name, fmt.Sprintf("is not ready: %v", err))
		}
	}
	return c.nodesReady(ctx)
}

func runStatus(ctx context.Context, lay layout, opt options) error {
	c, unlock, err := openRunning(lay, opt.name)
	if err != nil {
		return err
	}
	defer unlock()
	var bad []string
	for _, comp := range components {
		p := c.state.Processes[comp.name]
		if comp.aside && p == nil {
			continue
		}
		verdict, pid := "never started", 0
		if p != nil {
			verdict, pid = c.verdict(ctx, comp, p), p.PID
		}
		if verdict != "ready" {
			bad = append(bad, comp.name)
		}
		fmt.Printf("%-24s %-8d %s\n", comp.name, pid, verdict)
	}
	fmt.Printf("%s, %d nodes, %s\n", c.server(), c.state.Nodes, c.dir)
	if len(bad) > 0 {
		return fmt.Errorf("not ready: %s", strings.Join(bad, ", "))
	}
	return nil
}

func (c *cluster) verdict(ctx context.Context, comp component, p *process) string {
	switch {
	case p.Stopped && !p.alive():
		return "stopped"
	case !p.alive():
		return "died, see " + c.logFile(comp.name)
	}
	if err := comp.ready(ctx, c); err != nil {
		return "not ready: " + err.Error()
	}
	return "ready"
}

func runStop(_ context.Context, lay layout, opt options) error {
	c, unlock, err := openRunning(lay, opt.name)
	if err != nil {
		return err
	}
	defer unlock()
	p := c.state.Processes[opt.component]
	if p == nil {
		return fmt.Errorf("%s was never started", opt.component)
	}
	if !p.alive() {
		say("%s does not run", opt.component)
	}
	grace := stopGrace
	if opt.kill {
		grace = 0
	}
	if err := stopAll([]*process{p}, grace); err != nil {
		return err
	}
	p.Stopped = true
	return c.state.save(c.dir)
}

func runStart(ctx context.Context, lay layout, opt options) error {
	c, unlock, err := openRunning(lay, opt.name)
	if err != nil {
		return err
	}
	defer unlock()
	p := c.state.Processes[opt.component]
	if p != nil && p.alive() {
		say("%s runs already", opt.component)
		return nil
	}
	argv, err := c.argv(ctx, lay, opt.component)
	if err != nil {
		return err
	}
	began := time.Now()
	if err := c.start(opt.component, argv); err != nil {
		return err
	}
	if err := c.awaitOwn(ctx, opt.component); err != nil {
		return err
	}
	say("%6s  %s", seconds(began), opt.component)
	return nil
}

// argv is what it was started with before, or what one that `up` left out is
// started with.
func (c *cluster) argv(ctx context.Context, lay layout, name string) ([]string, error) {
	if p := c.state.Processes[name]; p != nil {
		return p.Argv, nil
	}
	if !findComponent(name).aside {
		return nil, fmt.Errorf("%s was never started; `down` and `up` again", name)
	}
	progs, err := findPrograms(ctx, lay)
	if err != nil {
		return nil, err
	}
	return append([]string{progs.path("kube-apiserver")}, findComponent(name).flags(c)...), nil
}

// awaitOwn is awaitComponent for a cluster where others may be down as well:
// only this component's death counts.
func (c *cluster) awaitOwn(ctx context.Context, name string) error {
	alone := *c
	st := *c.state
	st.Processes = map[string]*process{name: c.state.Processes[name]}
	alone.state = &st
	return alone.awaitComponent(ctx, name)
}

// runSignal freezes a component, or lets it go on: it keeps its connections
// and answers nothing.
func runSignal(sig syscall.Signal) func(context.Context, layout, options) error {
	return func(_ context.Context, lay layout, opt options) error {
		c, unlock, err := openRunning(lay, opt.name)
		if err != nil {
			return err
		}
		defer unlock()
		p := c.state.Processes[opt.component]
		if p == nil || !p.alive() {
			return fmt.Errorf("%s does not run", opt.component)
		}
		return syscall.Kill(p.PID, sig)
	}
}

// runCompact makes etcd forget all history before now: a watch from an older
// revision is answered with 410.
func runCompact(ctx context.Context, lay layout, opt options) error {
	c, unlock, err := openRunning(lay, opt.name)
	if err != nil {
		return err
	}
	defer unlock()
	var status struct{ Header struct{ Revision string } }
	if err := c.etcd(ctx, "maintenance/status", struct{}{}, &status); err != nil {
		return err
	}
	revision := status.Header.Revision
	return c.etcd(ctx, "kv/compaction", map[string]any{"revision": revision, "physical": true}, &struct{}{})
}

func runDown(_ context.Context, lay layout, opt options) error {
	if !exists(lay.clusterDir(opt.name)) {
		fmt.Printf("no cluster %q, nothing to stop\n", opt.name)
		return nil
	}
	c, unlock, err := openCluster(lay, opt.name)
	if err != nil {
		return err
	}
	defer unlock()
	if c.state == nil {
		fmt.Printf("no cluster %q, nothing to stop\n", opt.name)
		return c.removeData()
	}
	if err := c.tearDown(); err != nil {
		return err
	}
	fmt.Printf("cluster %q is down; its logs are in %s\n", opt.name, c.dir)
	return nil
}
