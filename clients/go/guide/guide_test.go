package main

import (
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"claviger.example/go/verifier/verifiertest"
)

const guide = "../../../docs/guides/protect-a-service-go.md"

// The guide shows main.go and main_test.go as they are, and parts of other tested files.
func TestCodeOfTheGuideIsTheTestedOne(t *testing.T) {
	page, err := os.ReadFile(guide)
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```go ([^\n]+)\n(.*?)```\n").FindAllStringSubmatch(string(page), -1)
	var shown []string
	for _, block := range blocks {
		code, err := os.ReadFile(block[1])
		if err != nil || string(code) != block[2] {
			t.Errorf("%s differs from the guide: %v", block[1], err)
		}
		shown = append(shown, block[1])
	}
	if strings.Join(shown, " ") != "main.go main_test.go" || strings.Count(string(page), "```go") != 2 {
		t.Errorf("the guide shows %s", shown)
	}
}

func TestServiceOfTheGuideRuns(t *testing.T) {
	issuer, err := verifiertest.NewIssuer("https://builds.example.org")
	if err != nil {
		t.Fatal(err)
	}
	defer issuer.Close()
	program := filepath.Join(t.TempDir(), "service")
	if output, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	id, key := issuer.Credentials()
	address := freeAddress(t)
	service := exec.Command(program)
	service.Env = append(os.Environ(), "LISTEN="+address, "CLAVIGER_ISSUER="+issuer.URL(), "CLAVIGER_AUDIENCE="+issuer.Audience(),
		"CLAVIGER_CLIENT_ID="+id, "CLAVIGER_CLIENT_KEY="+key)
	service.Stderr = os.Stderr
	if err := service.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = service.Process.Kill(); _ = service.Wait() }()
	ask := func(path, authorization string) (int, string) {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", authorization)
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			return 0, err.Error()
		}
		defer answer.Body.Close()
		body, _ := io.ReadAll(answer.Body)
		return answer.StatusCode, string(body)
	}
	token := "Bearer " + issuer.Mint("ci:read")
	deadline := time.Now().Add(30 * time.Second)
	for {
		// Until it listens, and then until it follows the feed.
		status, body := ask("/builds", token)
		if status == http.StatusOK && strings.HasPrefix(body, "builds for ") {
			break
		}
		if (status != 0 && status != http.StatusServiceUnavailable) || time.Now().After(deadline) {
			t.Fatalf("%d: %s", status, body)
		}
		time.Sleep(10 * time.Millisecond)
	}
	if status, _ := ask("/builds", ""); status != http.StatusUnauthorized {
		t.Error(status)
	}
	if status, body := ask("/.well-known/oauth-protected-resource", ""); status != http.StatusOK || !strings.Contains(body, issuer.URL()) {
		t.Errorf("%d: %s", status, body)
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}
