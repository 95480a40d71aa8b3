// Command factoryclient does what fioctl, the public command line of a factory, does with OAuth 2.0: it gets a token
// with the client id and key, keeps it in a file, sends it with each request and refreshes it once it has expired.
//
// golang.org/x/oauth2 does the protocol. The first argument is the file, which begins with the client and the addresses.
package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// A client's file: what it is given, and the token that it keeps.
type kept struct {
	OAuthURL string        `json:"oauth_url"`
	APIURL   string        `json:"api_url"`
	ID       string        `json:"client_id"`
	Key      string        `json:"client_key"`
	Org      string        `json:"org,omitempty"`
	Scope    string        `json:"scope,omitempty"`
	Token    *oauth2.Token `json:"token,omitempty"`
}

const usage = "factoryclient FILE login | expire | get PATH osf-token|bearer|bearer-base64 | logout"

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(arguments []string) error {
	if len(arguments) < 2 {
		return errors.New(usage)
	}
	file, command, rest := arguments[0], arguments[1], arguments[2:]
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	client := &kept{}
	if err := json.Unmarshal(text, client); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	switch {
	case command == "login" && len(rest) == 0:
		err = client.login(ctx)
	case command == "expire" && len(rest) == 0:
		client.Token.Expiry = time.Now().Add(-time.Minute)
	case command == "get" && len(rest) == 2:
		err = client.get(ctx, rest[0], rest[1])
	case command == "logout" && len(rest) == 0:
		err = client.logout(ctx)
	default:
		err = errors.New(usage)
	}
	if err != nil {
		return err
	}
	if text, err = json.Marshal(client); err != nil {
		return err
	}
	return os.WriteFile(file, text, 0o600)
}

// The address ends with a slash, and the client authenticates in the form, both as fioctl does.
func (c *kept) endpoint() oauth2.Endpoint {
	return oauth2.Endpoint{TokenURL: c.OAuthURL + "/token/", AuthStyle: oauth2.AuthStyleInParams}
}

func (c *kept) login(ctx context.Context) error {
	endpoint := c.endpoint()
	config := clientcredentials.Config{
		ClientID: c.ID, ClientSecret: c.Key, TokenURL: endpoint.TokenURL, AuthStyle: endpoint.AuthStyle,
	}
	token, err := config.Token(ctx)
	if err != nil {
		return err
	}
	c.keep(token)
	if orgs, ok := token.Extra("orgs").([]any); ok && len(orgs) == 1 {
		c.Org, _ = orgs[0].(map[string]any)["name"].(string)
	}
	if c.Org == "" {
		return errors.New("the answer names no organization")
	}
	fmt.Println(c.Org)
	return nil
}

func (c *kept) keep(token *oauth2.Token) {
	c.Token = token
	c.Scope, _ = token.Extra("scope").(string)
}

// Refreshes an expired token, and keeps the new one.
func (c *kept) current(ctx context.Context) (*oauth2.Token, error) {
	if c.Token == nil || c.Token.RefreshToken == "" {
		return nil, errors.New("missing refresh token")
	}
	before := c.Token.AccessToken
	config := oauth2.Config{ClientID: c.ID, ClientSecret: c.Key, Endpoint: c.endpoint()}
	token, err := config.TokenSource(ctx, c.Token).Token()
	if err == nil && token.AccessToken != before {
		c.keep(token)
	}
	return token, err
}

// Prints the status of the answer, and the scope of the token.
func (c *kept) get(ctx context.Context, path, form string) error {
	token, err := c.current(ctx)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.APIURL+path, nil)
	if err != nil {
		return err
	}
	switch form {
	case "osf-token":
		request.Header.Set("OSF-TOKEN", token.AccessToken)
	case "bearer":
		token.SetAuthHeader(request)
	case "bearer-base64":
		encoded := base64.StdEncoding.EncodeToString([]byte(token.AccessToken))
		request.Header.Set("Authorization", "Bearer "+encoded)
	default:
		return errors.New(usage)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		return err
	}
	fmt.Println(answer.StatusCode, c.Scope)
	return nil
}

// Revokes the refresh token (RFC 7009), and keeps it, so that the next command shows what it is still worth.
func (c *kept) logout(ctx context.Context) error {
	form := url.Values{"token": {c.Token.RefreshToken}, "token_type_hint": {"refresh_token"}}
	revoke := fmt.Sprintf("%s/realms/%s/oauth2/revoke", strings.TrimSuffix(c.OAuthURL, "/oauth"), c.Org)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, revoke, strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.SetBasicAuth(url.QueryEscape(c.ID), url.QueryEscape(c.Key))
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("the revocation is answered with %s", answer.Status)
	}
	return nil
}
