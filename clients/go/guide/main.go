package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"

	"claviger.example/go/verifier"
)

var canRead = verifier.MustRequire("ci:read")

func builds(w http.ResponseWriter, r *http.Request) {
	token := verifier.TokenFrom(r.Context())
	fmt.Fprintf(w, "builds for %s\n", token.ClientID)
}

func service(v *verifier.Verifier) (http.Handler, error) {
	guard, err := verifier.NewGuard(v, verifier.GuardOptions{Scopes: []string{"ci:read"}})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle(guard.MetadataPath(), guard.MetadataHandler())
	mux.Handle("GET /builds", guard.Require(canRead)(http.HandlerFunc(builds)))
	return mux, nil
}

func main() {
	v, err := verifier.Connect(context.Background(),
		os.Getenv("CLAVIGER_ISSUER"), os.Getenv("CLAVIGER_AUDIENCE"),
		os.Getenv("CLAVIGER_CLIENT_ID"), os.Getenv("CLAVIGER_CLIENT_KEY"))
	if err != nil {
		log.Fatal(err)
	}
	handler, err := service(v)
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(http.ListenAndServe(os.Getenv("LISTEN"), handler))
}
