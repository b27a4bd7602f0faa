package jupyter

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// An Event is something that a cell put out while it ran.
type Event struct {
	Type    string          // "stream", "display_data", "update_display_data", "execute_result", "clear_output", "error"
	Content json.RawMessage // as the protocol has it
}

// Reply is how the kernel says a cell ended.
type Reply struct {
	OK        bool
	EName     string
	EValue    string
	Traceback []string
}

// Errors of Execute. After ErrTimeout and ErrInput the kernel can be used
// further; after ErrStuck it is gone, as it is after ErrDied.
var (
	ErrTimeout = errors.New("timed out")
	ErrInput   = errors.New("asked for input")
	ErrStuck   = errors.New("timed out and couldn't be interrupted")
)

// interruptGrace is how long an interrupted cell may take to end. GoNB itself
// waits 5 s before it ends a program that ignores the interrupt.
const interruptGrace = 8 * time.Second

// Execute runs code and calls on with everything that it puts out, in the order
// of arrival. After timeout the cell is interrupted. Code that fails is not an
// error here: the Reply tells. When ctx ends, Execute returns its cause at once
// and the kernel is no longer of use.
func (k *Kernel) Execute(ctx context.Context, code string, timeout time.Duration, on func(Event)) (Reply, error) {
	select {
	case <-k.exited:
		return Reply{}, k.died()
	default:
	}
	id, err := k.send(k.shell, "execute_request", nil, map[string]any{
		"code": code, "silent": false, "store_history": true, "user_expressions": struct{}{},
		"allow_stdin": false, "stop_on_error": true,
	})
	if err != nil {
		return Reply{}, fmt.Errorf("can't talk to the kernel: %w", err)
	}
	x := &execution{kernel: k, id: id, on: on}
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	for !x.done() {
		select {
		case m := <-k.in:
			if x.take(m); x.asked && x.reason == nil {
				timer.Reset(0)
			}
		case <-timer.C:
			if !x.interrupt() {
				k.Kill()
				return x.reply, ErrStuck
			}
			timer.Reset(time.Second)
		case <-k.exited:
			x.drain()
			return x.reply, k.died()
		case <-ctx.Done():
			return x.reply, context.Cause(ctx)
		}
	}
	return x.reply, x.reason
}

// execution is the state of one cell under way.
type execution struct {
	kernel        *Kernel
	id            string // of the request
	on            func(Event)
	replied, idle bool
	fence         string // id of the request that flushes the last outputs
	fenced        bool
	asked         bool // the cell wants input
	reason        error
	deadline      time.Time // for the interrupted cell
	reply         Reply
}

// done reports whether the cell has ended and all its outputs are here. The
// kernel says that it is idle when the program has ended, but displays come to
// it through a pipe of their own, so one more exchange lets those pass that it
// had in hand.
func (x *execution) done() bool {
	if !x.replied || !x.idle {
		return false
	}
	if x.fence == "" {
		id, err := x.kernel.send(x.kernel.shell, "kernel_info_request", nil, struct{}{})
		if err != nil {
			return true
		}
		x.fence = id
	}
	return x.fenced
}

// take handles one message.
func (x *execution) take(m message) {
	switch m.Parent.MsgID {
	case x.id:
	case x.fence:
		x.fenced = x.fenced || x.fence != "" && m.channel == "iopub" && isIdle(m)
		return
	default:
		return // of an earlier cell, or an answer to an interrupt
	}
	switch m.Header.MsgType {
	case "status":
		x.idle = x.idle || isIdle(m)
	case "execute_reply":
		x.replied = true
		var c struct {
			Status, EName, EValue string
			Traceback             []string
		}
		_ = json.Unmarshal(m.Content, &c) // an unreadable reply isn't ok
		x.reply = Reply{c.Status == "ok", c.EName, c.EValue, c.Traceback}
	case "input_request":
		x.asked = true
	case "stream", "display_data", "update_display_data", "execute_result", "clear_output", "error":
		x.on(Event{m.Header.MsgType, m.Content})
	}
}

// interrupt tries to end the cell, and reports false once that has taken too
// long. The kernel passes an interrupt on to a running program only, so one
// that comes during the compilation has to be repeated.
func (x *execution) interrupt() bool {
	if x.reason == nil {
		x.reason = ErrTimeout
		if x.asked {
			x.reason = ErrInput
		}
		x.deadline = time.Now().Add(interruptGrace)
	}
	if time.Now().After(x.deadline) {
		return false
	}
	_, err := x.kernel.send(x.kernel.control, "interrupt_request", nil, struct{}{})
	return err == nil
}

// drain takes what a kernel that has ended had still sent.
func (x *execution) drain() {
	quiet := time.NewTimer(50 * time.Millisecond)
	defer quiet.Stop()
	for {
		select {
		case m := <-x.kernel.in:
			x.take(m)
			quiet.Reset(50 * time.Millisecond)
		case <-quiet.C:
			return
		}
	}
}

func isIdle(m message) bool {
	var c struct {
		State string `json:"execution_state"`
	}
	return m.Header.MsgType == "status" && json.Unmarshal(m.Content, &c) == nil && c.State == "idle"
}
