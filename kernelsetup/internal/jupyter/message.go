// Package jupyter is a client of Jupyter kernels: it starts one, speaks the
// messaging protocol (version 5.3) with it over ZeroMQ, executes code, and
// leaves no process behind.
package jupyter

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
)

// header is the first part of every message.
type header struct {
	MsgID    string `json:"msg_id"`
	Username string `json:"username"`
	Session  string `json:"session"`
	MsgType  string `json:"msg_type"`
	Version  string `json:"version"`
	Date     string `json:"date"`
}

// message is a decoded message and the channel that it came on.
type message struct {
	Header, Parent header
	Content        json.RawMessage
	channel        string
}

const delimiter = "<IDS|MSG>"

// codec signs and checks messages with the key of one connection.
type codec struct {
	key     []byte
	session string
}

// encode returns the frames of a new message and its id.
func (c codec) encode(msgType string, parent *header, content any) (frames [][]byte, id string, err error) {
	h := header{
		MsgID: newID(), Username: "wasserwerk", Session: c.session, MsgType: msgType,
		Version: "5.3", Date: time.Now().UTC().Format(time.RFC3339Nano),
	}
	parts := make([][]byte, 4) // header, parent, metadata, content
	parts[1], parts[2] = []byte("{}"), []byte("{}")
	if parts[0], err = json.Marshal(h); err != nil {
		return nil, "", err
	}
	if parent != nil {
		if parts[1], err = json.Marshal(parent); err != nil {
			return nil, "", err
		}
	}
	if parts[3], err = json.Marshal(content); err != nil {
		return nil, "", err
	}
	return append([][]byte{[]byte(delimiter), c.sign(parts)}, parts...), h.MsgID, nil
}

// decode reads frames, of which those before the delimiter are addresses.
func (c codec) decode(frames [][]byte) (m message, err error) {
	i := slices.IndexFunc(frames, func(f []byte) bool { return string(f) == delimiter })
	if i < 0 || len(frames) < i+6 {
		return m, fmt.Errorf("message of %d frames is incomplete", len(frames))
	}
	parts := frames[i+2 : i+6]
	if !hmac.Equal(c.sign(parts), frames[i+1]) {
		return m, errors.New("message isn't signed with the connection's key")
	}
	if err := json.Unmarshal(parts[0], &m.Header); err != nil {
		return m, fmt.Errorf("message header: %w", err)
	}
	if err := json.Unmarshal(parts[1], &m.Parent); err != nil {
		return m, fmt.Errorf("parent header: %w", err)
	}
	m.Content = parts[3]
	return m, nil
}

func (c codec) sign(parts [][]byte) []byte {
	mac := hmac.New(sha256.New, c.key)
	for _, p := range parts {
		mac.Write(p)
	}
	return hex.AppendEncode(nil, mac.Sum(nil))
}

func newID() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}
