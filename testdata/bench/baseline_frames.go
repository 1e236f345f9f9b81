package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// What two processes can say to each other through a NATS server at the most: tuples of a hundred bytes in messages of 300, as topo's frames are, without
// making anything of them. The server stands in the sender's process. That of topo stands in a third, and is reached by TLS.
const (
	tupleBytes  = 100
	frameTuples = 300
	creditEvery = 64  // frames
	framesAhead = 512 // 15 MB, far from where the server cuts off
)

// countFrames sends n tuples, and returns how many arrived in the other process.
func countFrames(n int64) (int64, error) {
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true, NoLog: true})
	if err != nil {
		return 0, err
	}
	go s.Start()
	defer s.Shutdown()
	if !s.ReadyForConnections(10 * time.Second) {
		return 0, errors.New("the server does not start")
	}
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	c, err := nats.Connect(s.ClientURL())
	if err != nil {
		return 0, err
	}
	defer c.Close()
	credit := make(chan struct{}, 1+framesAhead/creditEvery)
	if _, err := c.Subscribe("credit", func(*nats.Msg) { credit <- struct{}{} }); err != nil {
		return 0, err
	}
	if err := c.Flush(); err != nil {
		return 0, err
	}
	child := exec.Command(self, "baseline", "frames-receive", s.ClientURL())
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		return 0, err
	}
	if err := child.Start(); err != nil {
		return 0, err
	}
	<-credit // it is there
	data := make([]byte, tupleBytes*frameTuples)
	for sent, left := 0, n; left > 0; sent++ {
		if sent >= framesAhead && sent%creditEvery == 0 {
			<-credit
		}
		k := min(left, frameTuples)
		if err := c.Publish("frames", data[:k*tupleBytes]); err != nil {
			return 0, err
		}
		left -= k
	}
	if err := c.Publish("frames", nil); err != nil {
		return 0, err
	}
	if err := c.Flush(); err != nil {
		return 0, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return 0, err
	}
	if err := child.Wait(); err != nil {
		return 0, err
	}
	return strconv.ParseInt(strings.TrimSpace(line), 10, 64)
}

// receiveFrames is the other process.
func receiveFrames(url string) error {
	c, err := nats.Connect(url)
	if err != nil {
		return err
	}
	defer c.Close()
	sub, err := c.SubscribeSync("frames")
	if err != nil {
		return err
	}
	if err := sub.SetPendingLimits(-1, -1); err != nil {
		return err
	}
	bytes := 0
	for frames := 0; ; frames++ {
		if frames%creditEvery == 0 {
			if err := c.Publish("credit", nil); err != nil {
				return err
			}
			if err := c.Flush(); err != nil {
				return err
			}
		}
		m, err := sub.NextMsg(time.Minute)
		if err != nil {
			return err
		}
		if len(m.Data) == 0 {
			fmt.Println(bytes / tupleBytes)
			return nil
		}
		bytes += len(m.Data)
	}
}
