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
	runtime := fake.NewFakeRemoteRuntime()
	// The kubelet takes an image without a size for a broken one.
	runtime.ImageService.SetFakeImageSize(64 << 20)
	if err := runtime.Start(args[0]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	select {}
}
