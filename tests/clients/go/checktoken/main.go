package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
)

// The arguments are the issuer, the audience and the scope; each line of standard input is a token.
func main() {
	issuer, audience, scope := os.Args[1], os.Args[2], os.Args[3]
	keys, err := keysOf(context.Background(), issuer)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		if claims, err := check(keys, lines.Text(), issuer, audience, scope); err != nil {
			fmt.Println("refused:", err)
		} else {
			fmt.Println("valid:", claims.ClientID)
		}
	}
}
