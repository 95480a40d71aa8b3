// Package format has a test of the whole module.
package format

import (
	"bytes"
	"go/format"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func TestFilesAreFormattedAndShort(t *testing.T) {
	files := 0
	err := filepath.WalkDir("../..", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".go" {
			return err
		}
		files++
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		formatted, err := format.Source(data)
		if err != nil || !bytes.Equal(formatted, data) {
			t.Errorf("%s: run gofmt -w: %v", path, err)
		}
		if lines := bytes.Count(data, []byte("\n")); lines > 300 {
			t.Errorf("%s has %d lines", path, lines)
		}
		return nil
	})
	if err != nil || files < 20 {
		t.Errorf("%d files: %v", files, err)
	}
}
