package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"
)

const bindTries = 3

func runUp(ctx context.Context, lay layout, opt options) error {
	progs, err := findPrograms(ctx, lay)
	if err != nil {
		return err
	}
	c, unlock, err := openCluster(lay, opt.name)
	if err != nil {
		return err
	}
	defer unlock()
	if c.state != nil && c.state.anyAlive() {
		if err := c.healthy(ctx); err != nil {
			return fmt.Errorf("cluster %q is up, but %w", opt.name, err)
		}
		say("cluster %s is already up", opt.name)
		return c.printUse(opt.name)
	}
	for try := 1; ; try++ {
		err = c.bringUp(ctx, progs, opt)
		if err == nil {
			return c.printUse(opt.name)
		}
		if stopErr := c.tearDown(); stopErr != nil {
			return errors.Join(err, stopErr)
		}
		if try == bindTries || !bindFailed(err) {
			return err
		}
		say("a port was taken in the meantime; trying with others")
	}
}

func bindFailed(err error) bool {
	var failed *componentError
	return errors.As(err, &failed) && strings.Contains(failed.log, "address already in use")
}

func (c *cluster) tearDown() error {
	if c.state == nil {
		return nil
	}
	if err := c.stopEverything(); err != nil {
		return err
	}
	return c.removeData()
}

// prepare fills the folder of a cluster that does not run.
func (c *cluster) prepare(progs programs, opt options) error {
	if err := errors.Join(c.removeData(), c.removeLogs(), os.MkdirAll(c.file("logs"), 0o755)); err != nil {
		return err
	}
	boot, err := bootID()
	if err != nil {
		return err
	}
	picked, err := pickPorts()
	if err != nil {
		return err
	}
	c.state = &state{
		Name: opt.name, BootID: boot, Nodes: opt.nodes, Gates: opt.gates, SearchPath: progs.searchPath(),
		Ports: picked, Processes: map[string]*process{},
	}
	if err := writePKI(c.file("pki"), opt.name, c.server(), time.Now()); err != nil {
		return err
	}
	admin, err := os.ReadFile(c.key("admin.kubeconfig"))
	if err != nil {
		return err
	}
	stages, err := os.ReadFile(progs.share("kwok-stages.yaml"))
	if err != nil {
		return err
	}
	return errors.Join(
		os.WriteFile(c.file("kubeconfig"), admin, 0o600),
		os.WriteFile(c.file("kwok-stages.yaml"), stages, 0o644),
		os.WriteFile(c.file("audit-policy.yaml"), auditPolicy, 0o644),
		c.connect())
}

func (c *cluster) bringUp(ctx context.Context, progs programs, opt options) error {
	began := time.Now()
	if err := c.prepare(progs, opt); err != nil {
		return err
	}
	launch := func(names ...string) error {
		for _, name := range names {
			argv := append([]string{progs.path(name)}, findComponent(name).flags(c)...)
			if err := c.start(name, argv); err != nil {
				return err
			}
		}
		return nil
	}
	await := func(names ...string) error {
		for _, name := range names {
			if err := c.awaitComponent(ctx, name); err != nil {
				return err
			}
			say("%6s  %s", seconds(began), name)
		}
		return nil
	}
	steps := []func() error{
		func() error { return launch("etcd", "kube-apiserver") },
		func() error { return await("etcd", "kube-apiserver") },
		func() error { return launch("kube-controller-manager", "kube-scheduler", "kwok") },
		func() error { return c.install(ctx, progs) },
		func() error {
			return c.await(ctx, "kube-apiserver", "Argo's CRDs", func() error { return c.crdsReady(ctx) })
		},
		func() error { return launch("rollouts-controller") },
		func() error { return await("kube-controller-manager", "kube-scheduler", "kwok", "rollouts-controller") },
		func() error { return c.awaitObjects(ctx) },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	c.state.Ready = true
	say("%6s  cluster %s is ready: %d nodes, %s", seconds(began), opt.name, opt.nodes, c.server())
	return c.state.save(c.dir)
}

func (c *cluster) printUse(name string) error {
	fmt.Printf("use it:   eval \"$(%s env%s)\"\n", callName(), nameFlag(name))
	for _, line := range c.environment() {
		fmt.Println("         ", line)
	}
	fmt.Printf("stop it:  %s down%s\n", callName(), nameFlag(name))
	return nil
}

// callName is how the user called us, e.g. "./dev cluster".
func callName() string {
	if name := os.Getenv("LLC_CLUSTER_CALLED"); name != "" {
		return name
	}
	return "tests/cluster/run"
}

// environment are the lines a shell evaluates to use the cluster.
func (c *cluster) environment() []string {
	variables := [][2]string{
		{"KUBECONFIG", c.file("kubeconfig")},
		{"KUBECACHEDIR", c.file("kubectl-cache")}, // ports come back with other clusters behind them
		{"LLC_AUDIT_LOG", c.file("audit.log")},
		{"LLC_CLUSTER_NAME", c.state.Name},
	}
	if p := c.state.Processes[witness]; p != nil && p.alive() {
		variables = append(variables, [2]string{"LLC_WITNESS", "https://" + loopback(c.state.Ports.Witness)})
	}
	lines := []string{`export PATH=` + shellQuote(c.state.SearchPath) + `:"$PATH"`}
	for _, v := range variables {
		lines = append(lines, "export "+v[0]+"="+shellQuote(v[1]))
	}
	return lines
}

func runEnv(_ context.Context, lay layout, opt options) error {
	c, unlock, err := openRunning(lay, opt.name)
	if err != nil {
		return err
	}
	defer unlock()
	if !c.state.Ready {
		return fmt.Errorf("cluster %q did not finish starting; run `down%s`", opt.name, nameFlag(opt.name))
	}
	for _, line := range c.environment() {
		fmt.Println(line)
	}
	return nil
}
