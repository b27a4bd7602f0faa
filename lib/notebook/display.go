package notebook

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/gonb/gonbui/protocol"
)

// stdout is where outputs go outside of a notebook.
var stdout = func() io.Writer { return os.Stdout }

// patience is how long the kernel may take to say that it has an output.
const patience = time.Minute

// display hands an output to the kernel and waits until it has it.
func display(b bundle) error {
	if !gonbui.IsNotebook {
		_, err := fmt.Fprintln(stdout(), b.plain)
		return err
	}
	gonbui.SendData(b.message())
	if err := gonbui.Error(); err != nil {
		return fmt.Errorf("the kernel can't be reached: %v", err)
	}
	taken := make(chan struct{})
	go func() {
		gonbui.Sync()
		close(taken)
	}()
	select {
	case <-taken:
	case <-time.After(patience):
		return fmt.Errorf("the kernel didn't take the output within %v", patience)
	}
	if err := gonbui.Error(); err != nil {
		return fmt.Errorf("the kernel can't be reached: %v", err)
	}
	return nil
}

func (b bundle) message() *protocol.DisplayData {
	m := &protocol.DisplayData{DisplayID: b.id, Data: map[protocol.MIMEType]any{}, Metadata: map[string]any{}}
	for mime, s := range map[protocol.MIMEType]string{
		protocol.MIMETextPlain:    b.plain,
		protocol.MIMETextHTML:     b.html,
		protocol.MIMETextMarkdown: b.markdown,
		protocol.MIMEImageSVG:     b.svg,
	} {
		if s != "" {
			m.Data[mime] = s
		}
	}
	if b.png != nil {
		m.Data[protocol.MIMEImagePNG] = b.png
	}
	// nbconvert reads the description of a picture here.
	for _, mime := range []protocol.MIMEType{protocol.MIMEImageSVG, protocol.MIMEImagePNG} {
		if _, ok := m.Data[mime]; ok {
			m.Metadata[string(mime)] = map[string]string{"alt": b.plain}
		}
	}
	if len(m.Data) == 0 {
		m.Data[protocol.MIMETextPlain] = ""
	}
	return m
}
