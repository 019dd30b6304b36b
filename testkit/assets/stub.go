package main

import (
	"fmt"
	"os"

	"k8s.io/cri-client/pkg/fake"
)

// runStub serves the container runtime interface from memory on the endpoint
// given as the only argument (unix:///path). Sandboxes and containers exist by
// name and state only: no process, no image and no network stands behind them.
func runStub(args []string) int {
	if len(args) != 1 {
		fmt.Fprintln(os.Stderr, "usage: cri-stub unix:///PATH")
		return 2
	}
	if err := fake.NewFakeRemoteRuntime().Start(args[0]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	select {}
}
