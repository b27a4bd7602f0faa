package jupyter

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

func TestCodec(t *testing.T) {
	c := codec{key: []byte("secret"), session: "s1"}
	parent := &header{MsgID: "p1", MsgType: "execute_request"}
	frames, id, err := c.encode("status", parent, map[string]string{"execution_state": "idle"})
	if err != nil {
		t.Fatal(err)
	}
	m, err := c.decode(append([][]byte{[]byte("address")}, frames...))
	if err != nil {
		t.Fatal(err)
	}
	if m.Header.MsgID != id || m.Header.Session != "s1" || m.Parent.MsgID != "p1" || !isIdle(m) {
		t.Errorf("decoded %+v", m)
	}
	if !json.Valid(m.Content) {
		t.Errorf("content %s isn't JSON", m.Content)
	}

	tampered := slices.Clone(frames)
	tampered[5] = []byte(`{"execution_state":"busy"}`)
	if _, err := c.decode(tampered); err == nil || !strings.Contains(err.Error(), "signed") {
		t.Errorf("a changed content decodes: %v", err)
	}
	if _, err := (codec{key: []byte("other")}).decode(frames); err == nil {
		t.Error("a message signed with another key decodes")
	}
	for n := range len(frames) {
		if _, err := c.decode(frames[:n]); err == nil {
			t.Errorf("%d of %d frames decode", n, len(frames))
		}
	}
}

// The signature of a known message, computed with Python's hmac module: the hex
// digest of HMAC-SHA256 over the four parts.
func TestSignature(t *testing.T) {
	c := codec{key: []byte("a0436f6c-1916-498b-8eb9-e81ab9368e84")}
	got := string(c.sign([][]byte{[]byte(`{"msg_id":"1"}`), []byte("{}"), []byte("{}"), []byte(`{"code":"x"}`)}))
	if want := "c127e7d687f9b04ac08b5d4d8d044e23d5af43c9f4c7df6ab23ca59210031b80"; got != want {
		t.Errorf("sign = %s, want %s", got, want)
	}
}

func TestTail(t *testing.T) {
	l := &tail{max: 20}
	for _, s := range []string{"one\n", "two\n", strings.Repeat("x", 30), "\nlast\n"} {
		if n, err := l.Write([]byte(s)); n != len(s) || err != nil {
			t.Fatalf("Write = %d, %v", n, err)
		}
	}
	if got := l.last(); len(got) > 20 || strings.Contains(got, "two") || !strings.HasSuffix(got, "\nlast") {
		t.Errorf("last = %q", got)
	}
}

// Of a program that says why it ends, the reason is kept and not the trace.
func TestReason(t *testing.T) {
	trace := strings.Repeat("main.main()\n\t/main.go:1 +0x1\n", 20)
	for said, want := range map[string]string{
		"hello\npanic: no \x1b way\n\ngoroutine 1 [running]:\n" + trace:                                  "panic: no \x1b way",
		"fatal error: all asleep\n" + trace:                                                              "fatal error: all asleep",
		"F1129 12:43:08.830360   25795 main.go:231] \x1b[7;39;32m[9096]\x1b[0m no executor\nx\n" + trace: "no executor",
		"F1129 12:43:08.830360   25795 main.go:231] no executor\n" + trace:                               "no executor",
		"some\nFine words\n": "some\nFine words",
	} {
		l := &tail{max: 1 << 14}
		if _, err := l.Write([]byte(said)); err != nil || l.last() != want {
			t.Errorf("last of %q is %q (%v), want %q", said, l.last(), err, want)
		}
	}
}
