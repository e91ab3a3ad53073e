// Command witness runs litewitness (filippo.io/torchwood) for the one log of a local stack: it holds its key, as the ssh-agent that
// litewitness asks for signatures, enters the log into its database, and ends with it.
package main

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

var (
	name     = flag.String("name", "", "name of the witness")
	seedFile = flag.String("seed", "", "file with the 32 bytes of its Ed25519 key, in base64")
	database = flag.String("db", "", "where it remembers what it has cosigned")
	origin   = flag.String("origin", "", "the log")
	key      = flag.String("key", "", "verifier key of the log")
	listen   = flag.String("listen", "", "address to listen on")
)

// As litewitness makes them. Its own tool to enter logs needs modules that are not needed here otherwise.
const schema = `
	PRAGMA strict_types = ON;
	CREATE TABLE IF NOT EXISTS log (origin TEXT PRIMARY KEY, tree_size INTEGER NOT NULL, tree_hash TEXT NOT NULL);
	CREATE TABLE IF NOT EXISTS key (origin TEXT NOT NULL, key TEXT NOT NULL, FOREIGN KEY(origin) REFERENCES log(origin));
`

// SHA-256 of nothing: the root of a log without entries.
const emptyRoot = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

func enter() error {
	db, err := sqlite.OpenConn(*database, 0)
	if err != nil {
		return err
	}
	defer db.Close()
	if err := sqlitex.ExecScript(db, schema); err != nil {
		return err
	}
	if err := sqlitex.Execute(db, "INSERT OR IGNORE INTO log (origin, tree_size, tree_hash) VALUES (?, 0, ?)", &sqlitex.ExecOptions{Args: []any{*origin, emptyRoot}}); err != nil {
		return err
	}
	return sqlitex.Execute(db, "INSERT INTO key (origin, key) SELECT ?1, ?2 WHERE NOT EXISTS (SELECT 1 FROM key WHERE origin = ?1 AND key = ?2)", &sqlitex.ExecOptions{Args: []any{*origin, *key}})
}

func readKey() (ed25519.PrivateKey, error) {
	text, err := os.ReadFile(*seedFile)
	if err != nil {
		return nil, err
	}
	seed, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(seed) != ed25519.SeedSize {
		return nil, fmt.Errorf("%s does not have %d bytes in base64", *seedFile, ed25519.SeedSize)
	}
	return ed25519.NewKeyFromSeed(seed), nil
}

// serveKey answers as an ssh-agent with the one key; gives the fingerprint by which litewitness picks it.
func serveKey(socket string) (string, error) {
	private, err := readKey()
	if err != nil {
		return "", err
	}
	public, err := ssh.NewPublicKey(private.Public())
	if err != nil {
		return "", err
	}
	keyring := agent.NewKeyring()
	if err := keyring.Add(agent.AddedKey{PrivateKey: private}); err != nil {
		return "", err
	}
	listener, err := net.Listen("unix", socket)
	if err != nil {
		return "", err
	}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go agent.ServeAgent(keyring, conn)
		}
	}()
	return ssh.FingerprintSHA256(public), nil
}

// tellReady says where it listens, as every process of the stack does.
func tellReady() error {
	for {
		conn, err := net.Dial("tcp", *listen)
		if err == nil {
			conn.Close()
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	file := os.Getenv("READY_FILE")
	if file == "" {
		return nil
	}
	ready, err := json.Marshal(map[string]any{"pid": os.Getpid(), "http": "http://" + *listen})
	if err != nil {
		return err
	}
	draft := file + ".draft"
	if err := os.WriteFile(draft, ready, 0o600); err != nil {
		return err
	}
	return os.Rename(draft, file)
}

func run() error {
	// Paths of sockets are short, and those of stacks need not be.
	folder, err := os.MkdirTemp("", "witness-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	socket := filepath.Join(folder, "agent")
	fingerprint, err := serveKey(socket)
	if err != nil {
		return err
	}
	if err := enter(); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	litewitness := exec.Command(filepath.Join(filepath.Dir(self), "litewitness"), "-name", *name, "-db", *database, "-ssh-agent", socket, "-key", fingerprint, "-listen", *listen)
	litewitness.Stdout, litewitness.Stderr = os.Stdout, os.Stderr
	litewitness.SysProcAttr = endsWithUs()
	if err := litewitness.Start(); err != nil {
		return err
	}
	stopped := make(chan os.Signal, 1)
	signal.Notify(stopped, syscall.SIGTERM, syscall.SIGINT)
	ended := make(chan error, 1)
	go func() { ended <- litewitness.Wait() }()
	go func() {
		if err := tellReady(); err != nil {
			log.Print(err)
		}
	}()
	select {
	case err := <-ended:
		return fmt.Errorf("litewitness has ended: %v", err)
	case <-stopped:
		if err := litewitness.Process.Signal(syscall.SIGINT); err != nil {
			return err
		}
		<-ended
		return nil
	}
}

func main() {
	// What a child is told when its parent ends is told when the thread ends that started it.
	runtime.LockOSThread()
	flag.Parse()
	if err := run(); err != nil {
		log.Fatal(err)
	}
}
