package campaign

import (
	"context"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	"llc.test/e2e/harness"
	"llc.test/faults/observer"
)

// startLimit is how long a controller may take to be ready on a busy machine.
const startLimit = 20 * time.Second

// fleet is the controllers of one run: one, but while an upgrade is under way.
// A controller that ends is started again, as the kubelet does.
type fleet struct {
	cluster    *harness.Cluster
	observer   *observer.Observer
	kubeconfig string
	namespace  string
	flags      []string

	mu        sync.Mutex
	running   []*harness.Controller
	starts    []time.Time // of all there ever were
	problems  []string
	restarts  sync.WaitGroup // under way
	afterKill sync.Mutex     // one death at a time
}

// killed is the reason that the observer is given for a time without controller.
const killed = "no controller runs"

// start starts one more controller.
func (f *fleet) start() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.starts = append(f.starts, time.Now())
	ctl, err := f.cluster.StartController(harness.ControllerOptions{
		Name:       fmt.Sprintf("%s-%d", f.namespace, len(f.starts)),
		Kubeconfig: f.kubeconfig,
		Namespaces: []string{f.namespace},
		Args:       f.flags,
	})
	if err != nil {
		return err
	}
	f.running = append(f.running, ctl)
	return nil
}

// take leaves nobody running.
func (f *fleet) take() []*harness.Controller {
	f.mu.Lock()
	defer f.mu.Unlock()
	taken := f.running
	f.running = nil
	return taken
}

// kill is SIGKILL for all that run; it returns when they are gone. Others
// are started in their place.
func (f *fleet) kill() {
	f.replace(func(ctl *harness.Controller) error { ctl.Kill(); return nil })
}

// terminate is SIGTERM for all that run, and judges how they end.
func (f *fleet) terminate() { f.replace((*harness.Controller).Stop) }

func (f *fleet) replace(end func(*harness.Controller) error) {
	f.afterKill.Lock()
	defer f.afterKill.Unlock()
	f.observer.Absent(killed)
	taken := f.take()
	for _, ctl := range taken {
		f.judgeEnd(ctl, end)
	}
	f.restarts.Add(1)
	go func() {
		defer f.restarts.Done()
		defer f.observer.Present(killed)
		for range taken {
			if err := f.start(); err != nil {
				f.complain("it does not start again: %v", err)
			}
		}
	}()
}

// judgeEnd of one controller.
func (f *fleet) judgeEnd(ctl *harness.Controller, end func(*harness.Controller) error) {
	if ctl.Ended() {
		f.complain("controller %s ended by itself:\n%s", ctl.Name, ctl.LogTail(20))
		return
	}
	if err := end(ctl); err != nil {
		f.complain("%v", err)
	}
	if err := ctl.SanitizerReport(); err != nil {
		f.complain("%v", err)
	}
}

func (f *fleet) complain(format string, args ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.problems = append(f.problems, fmt.Sprintf(format, args...))
}

// awaitReady waits until all that run say that they are.
func (f *fleet) awaitReady(ctx context.Context) error {
	f.restarts.Wait()
	f.mu.Lock()
	running := append([]*harness.Controller(nil), f.running...)
	f.mu.Unlock()
	for _, ctl := range running {
		if err := ctl.AwaitReady(ctx, startLimit); err != nil {
			return fmt.Errorf("controller %s: %w\n%s", ctl.Name, err, ctl.LogTail(20))
		}
	}
	return nil
}

// stop ends the run's controllers by SIGTERM and returns what was wrong with
// any of them.
func (f *fleet) stop() []string {
	f.restarts.Wait()
	for _, ctl := range f.take() {
		f.judgeEnd(ctl, (*harness.Controller).Stop)
	}
	return f.problems
}

// down is kill without a successor.
func (f *fleet) down() {
	for _, ctl := range f.take() {
		ctl.Kill()
	}
}

// ended says whether one of those that should run does not.
func (f *fleet) ended() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.running) == 0 || slices.ContainsFunc(f.running, (*harness.Controller).Ended)
}

// lastStart is when the newest controller was started.
func (f *fleet) lastStart() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.starts[len(f.starts)-1]
}

// startsSince counts the starts from a time on.
func (f *fleet) startsSince(begin time.Time) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for _, at := range f.starts {
		if !at.Before(begin) {
			n++
		}
	}
	return n
}

// StartNext is for an upgrade.
func (f *fleet) StartNext(ctx context.Context) error {
	if err := f.start(); err != nil {
		return err
	}
	return f.awaitReady(ctx)
}

// StopFirst is for an upgrade.
func (f *fleet) StopFirst(context.Context) error {
	f.afterKill.Lock() // what is killed can't be stopped
	defer f.afterKill.Unlock()
	f.restarts.Wait()
	f.mu.Lock()
	first := f.running[0]
	f.running = f.running[1:]
	f.mu.Unlock()
	f.judgeEnd(first, (*harness.Controller).Stop)
	return nil
}

// descriptors that are open in the newest controller; 0 = none runs.
func (f *fleet) descriptors() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.running) == 0 {
		return 0
	}
	entries, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", f.running[len(f.running)-1].Pid()))
	if err != nil {
		return 0
	}
	return len(entries)
}
