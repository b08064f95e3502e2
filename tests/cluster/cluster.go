package main

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"
)

// cluster is one control plane and its folder.
type cluster struct {
	dir   string
	state *state
	http  *http.Client
}

// openCluster locks the folder of a cluster, so that two commands do not act
// on it at once, and reads its state, nil when there is none.
func openCluster(lay layout, name string) (*cluster, func(), error) {
	c := &cluster{dir: lay.clusterDir(name)}
	unlock, err := lockFile(c.file("lock"), "another command on cluster "+name)
	if err != nil {
		return nil, nil, err
	}
	if c.state, err = loadState(c.dir); err == nil && c.state != nil && c.state.anyAlive() {
		err = c.connect()
	}
	if err != nil {
		unlock()
		return nil, nil, err
	}
	return c, unlock, nil
}

// openRunning is for commands that make no sense without a cluster.
func openRunning(lay layout, name string) (*cluster, func(), error) {
	c, unlock, err := openCluster(lay, name)
	if err != nil {
		return nil, nil, err
	}
	if c.state == nil || !c.state.anyAlive() {
		unlock()
		return nil, nil, fmt.Errorf("no cluster %q runs; start it with `up%s`", name, nameFlag(name))
	}
	return c, unlock, nil
}

func nameFlag(name string) string {
	if name == "default" {
		return ""
	}
	return " --name " + name
}

// start runs a component with argv and notes it in state.json at once: what
// comes after may fail, and `down` has to find it.
func (c *cluster) start(name string, argv []string) error {
	p, err := spawn(argv, c.dir, c.logFile(name))
	if err != nil {
		return fmt.Errorf("start %s: %w", name, err)
	}
	c.state.Processes[name] = p
	return c.state.save(c.dir)
}

// stopEverything stops clients before their server: a server waits for those
// that are connected.
func (c *cluster) stopEverything() error {
	var clients, servers []*process
	for _, comp := range components {
		switch p := c.state.Processes[comp.name]; {
		case p == nil:
		case comp.name == "etcd" || comp.name == "kube-apiserver" || comp.aside:
			servers = append([]*process{p}, servers...)
		default:
			clients = append(clients, p)
		}
	}
	err := stopAll(clients, stopGrace)
	for _, p := range servers {
		err = errors.Join(err, stopAll([]*process{p}, stopGrace))
	}
	return err
}

// removeData leaves logs/, audit.log and the lock.
func (c *cluster) removeData() error {
	for _, name := range []string{"etcd", "pki", "kubeconfig", "kubectl-cache", ".kube", "objects.yaml",
		"audit-policy.yaml", "kwok-stages.yaml", "state.json.new", "state.json"} {
		if err := os.RemoveAll(c.file(name)); err != nil {
			return err
		}
	}
	return nil
}

// removeLogs makes room for those of a new cluster of the same name.
func (c *cluster) removeLogs() error {
	for _, name := range []string{"logs", "audit.log"} {
		if err := os.RemoveAll(c.file(name)); err != nil {
			return err
		}
	}
	return nil
}

func seconds(since time.Time) string { return fmt.Sprintf("%.1fs", time.Since(since).Seconds()) }
