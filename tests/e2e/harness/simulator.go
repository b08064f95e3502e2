package harness

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// simulator is an llc-sim in place of a control plane.
type simulator struct {
	process *exec.Cmd
	log     *os.File
}

// WantsSimulator says whether clusters are to be llc-sims.
func WantsSimulator() bool { return os.Getenv("LLC_E2E_SIM") != "" }

// Simulated says whether the cluster is llc-sim.
func (c *Cluster) Simulated() bool { return c.simulator != nil }

// AdminUser is who the administrator's clients are.
func (c *Cluster) AdminUser() string {
	if c.Simulated() {
		return "system:admin"
	}
	return "llc-admin"
}

// upSimulator starts out/bin/llc-sim with a folder of its own. kubectl and
// Argo's plugin are those that the test cluster was built with, if it was, and
// otherwise those in PATH.
func (c *Cluster) upSimulator() error {
	folder := filepath.Join(c.Out, "sim")
	if err := errors.Join(os.RemoveAll(folder), os.MkdirAll(folder, 0o755)); err != nil {
		return err
	}
	log, err := os.Create(filepath.Join(c.Out, "llc-sim.log"))
	if err != nil {
		return err
	}
	kubeconfig := filepath.Join(folder, "kubeconfig")
	c.AuditLog = filepath.Join(folder, "audit.log")
	process := exec.Command(filepath.Join(c.Root, "out", "bin", "llc-sim"), "--listen", "127.0.0.1:0",
		"--dir", folder, "--kubeconfig", kubeconfig, "--audit-log", c.AuditLog)
	process.Stdout, process.Stderr = log, log
	if err := process.Start(); err != nil {
		return errors.Join(err, log.Close())
	}
	c.simulator = &simulator{process, log}
	path := os.Getenv("PATH")
	if cache, err := os.UserCacheDir(); err == nil {
		built, _ := filepath.Glob(filepath.Join(cache, "llc", "cluster", "*", "bin"))
		for _, dir := range built {
			path = dir + string(filepath.ListSeparator) + path
		}
	}
	c.environ = append(os.Environ(), "PATH="+path, "KUBECONFIG="+kubeconfig,
		"KUBECACHEDIR="+filepath.Join(folder, "kubectl-cache"), "HOME="+folder)
	if err := c.awaitSimulator(kubeconfig); err != nil {
		return errors.Join(err, c.downSimulator())
	}
	return c.connect()
}

func (c *Cluster) awaitSimulator(kubeconfig string) error {
	return Await(context.Background(), 10*time.Second, "llc-sim", func() error {
		for _, file := range []string{kubeconfig, c.AuditLog} {
			if _, err := os.Stat(file); err != nil {
				return err
			}
		}
		_, err := c.Kubectl(context.Background(), "", "get", "--raw", "/readyz")
		return err
	})
}

func (c *Cluster) downSimulator() error {
	err := c.simulator.process.Process.Signal(syscall.SIGTERM)
	if err == nil {
		err = c.simulator.process.Wait()
	}
	if err != nil {
		err = fmt.Errorf("llc-sim: %w; see %s", err, c.simulator.log.Name())
	}
	return errors.Join(err, c.simulator.log.Close())
}
