package page

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"mime"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer/html"
	nethtml "golang.org/x/net/html"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
)

// markdown returns the nodes of a Markdown text. Authors' HTML passes goldmark
// as it is, since the cleaner comes after it.
func (b *builder) markdown(t *text) []*nethtml.Node {
	md := goldmark.New(
		goldmark.WithExtensions(
			extension.GFM,
			extension.NewFootnote(extension.WithFootnoteIDPrefix(fmt.Sprintf("c%d-", t.Cell+1))),
		),
		goldmark.WithRendererOptions(html.WithUnsafe()),
	)
	var out bytes.Buffer
	if err := md.Convert([]byte(t.Source), &out); err != nil {
		b.problems.add(t.Cell+1, 0, "Markdown: %v", err)
		return nil
	}
	c := cleaner{restore: t.restore, picture: b.pictures(t.Cell)}
	return b.cleaned(t.Cell, &c, out.String())
}

// cleaned parses HTML and reports what the cleaner had to say.
func (b *builder) cleaned(cell int, c *cleaner, source string) []*nethtml.Node {
	nodes, err := c.parse(source)
	if err != nil {
		c.errs = append(c.errs, err)
	}
	for _, err := range c.errs {
		b.problems.add(cell+1, 0, "%v", err)
	}
	if len(c.refused) > 0 {
		nodes = append(nodes, note("Not shown on this page: "+strings.Join(unique(c.refused), ", ")+"."))
	}
	return nodes
}

// pictures returns the function that turns the address of a picture in a cell
// into one that holds the picture.
func (b *builder) pictures(cell int) func(string) (string, error) {
	return func(src string) (string, error) {
		u, err := url.Parse(src)
		if err != nil {
			return "", fmt.Errorf("picture %s: %w", short(src), err)
		}
		switch {
		case u.Scheme == "data" && strings.HasPrefix(u.Opaque, "image/"):
			return src, nil
		case u.Scheme == "attachment":
			return attachment(b.nb.Cells[cell], u.Opaque)
		case u.Scheme != "" || u.Host != "":
			return "", fmt.Errorf("picture %s would have to be fetched: attach it to the cell or link to it", short(src))
		case b.opt.Dir == "":
			return "", fmt.Errorf("picture %s is a file beside the notebook: attach it to the cell", short(src))
		}
		return fileData(b.opt.Dir, u.Path)
	}
}

// fileData reads a picture from below dir.
func fileData(dir, name string) (string, error) {
	kind := pictureType(name)
	if kind == "" {
		return "", fmt.Errorf("picture %s: not of a kind that pages show", name)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return "", fmt.Errorf("picture %s: %w", name, err)
	}
	defer root.Close()
	data, err := root.ReadFile(filepath.FromSlash(path.Clean(name)))
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("picture %s is not there", name)
	}
	if err != nil {
		return "", fmt.Errorf("picture %s: %w", name, err)
	}
	if kind == "image/svg+xml" {
		return svgData(string(data)), nil
	}
	return "data:" + kind + ";base64," + base64.StdEncoding.EncodeToString(data), nil
}

func pictureType(name string) string {
	switch strings.ToLower(path.Ext(name)) {
	case ".svg":
		return "image/svg+xml"
	case ".png", ".jpg", ".jpeg", ".gif", ".webp":
		return mime.TypeByExtension(strings.ToLower(path.Ext(name)))
	}
	return ""
}

// attachment returns a picture that is stored in the cell.
func attachment(c *nbformat.Cell, name string) (string, error) {
	if decoded, err := url.PathUnescape(name); err == nil {
		name = decoded
	}
	var all map[string]map[string]json.RawMessage
	if c.Attachments != nil {
		if err := json.Unmarshal(c.Attachments, &all); err != nil {
			return "", fmt.Errorf("attachments: %w", err)
		}
	}
	bundle := nbformat.Output{Data: all[name]}
	for _, kind := range pictureTypes {
		if s, ok := bundle.DataText(kind); ok {
			return pictureData(kind, s), nil
		}
	}
	return "", fmt.Errorf("the cell has no picture attached as %s", name)
}
