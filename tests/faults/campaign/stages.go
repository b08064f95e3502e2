package campaign

import (
	"context"
	"fmt"
	"os"
	"sync"
	"sync/atomic"

	"llc.test/e2e/harness"
	"llc.test/faults/scenario"
)

// stages makes namespaces with production ahead of the runs, and strikes them
// behind: both take as long as a run, and neither needs to be waited for.
type stages struct {
	cluster *harness.Cluster
	cancel  context.CancelFunc
	ready   chan made
	number  atomic.Int64
	busy    sync.WaitGroup
}

type made struct {
	stage *scenario.Stage
	err   error
}

// ahead is how many stages are made at once, and as many wait.
const ahead = 3

func newStages(ctx context.Context, cluster *harness.Cluster) *stages {
	ctx, cancel := context.WithCancel(ctx)
	s := &stages{cluster: cluster, cancel: cancel, ready: make(chan made, ahead)}
	for range ahead {
		s.busy.Add(1)
		go func() {
			defer s.busy.Done()
			for ctx.Err() == nil {
				name := fmt.Sprintf("faults-%d-%d", os.Getpid(), s.number.Add(1))
				stage, err := scenario.NewStage(ctx, cluster, name)
				select {
				case s.ready <- made{stage, err}:
				case <-ctx.Done():
				}
			}
		}()
	}
	return s
}

func (s *stages) take(ctx context.Context) (*scenario.Stage, error) {
	select {
	case m := <-s.ready:
		return m.stage, m.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// strike takes a stage away; what it says of that is of no use to anybody.
func (s *stages) strike(stage *scenario.Stage) {
	s.busy.Add(1)
	go func() {
		defer s.busy.Done()
		stage.Strike(context.Background())
	}()
}

func (s *stages) close() {
	s.cancel()
	s.busy.Wait()
}
