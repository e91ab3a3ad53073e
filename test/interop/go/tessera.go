package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"time"

	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/api"
	"github.com/transparency-dev/tessera/client"
	"github.com/transparency-dev/tessera/fsck"
	"github.com/transparency-dev/tessera/storage/posix"
	"golang.org/x/mod/sumdb/note"
)

// More than any log here has tiles: fsck waits for ever on a worker that has given up.
const workers = 1024

func leavesOf(bundle []byte) ([][]byte, error) {
	var entries api.EntryBundle
	if err := entries.UnmarshalText(bundle); err != nil {
		return nil, err
	}
	var leaves [][]byte
	for _, entry := range entries.Entries {
		leaves = append(leaves, rfc6962.DefaultHasher.HashLeaf(entry))
	}
	return leaves, nil
}

func check(dir, key string) error {
	verifier, err := note.NewVerifier(key)
	if err != nil {
		return err
	}
	log := client.FileFetcher{Root: dir}
	return fsck.New(verifier.Name(), verifier, log, leavesOf, fsck.Opts{N: workers}).Check(context.Background())
}

// write makes a log of entries `entry 0`, `entry 1` and so on.
func write(dir, name string, count uint64) error {
	secret, public, err := note.GenerateKey(rand.Reader, name)
	if err != nil {
		return err
	}
	signer, err := note.NewSigner(secret)
	if err != nil {
		return err
	}
	ctx := context.Background()
	driver, err := posix.New(ctx, posix.Config{Path: dir})
	if err != nil {
		return err
	}
	pace := 100 * time.Millisecond
	options := tessera.NewAppendOptions().WithCheckpointSigner(signer).WithBatching(256, pace).WithCheckpointInterval(pace)
	appender, shutdown, reader, err := tessera.NewAppender(ctx, driver, options)
	if err != nil {
		return err
	}
	awaiter := tessera.NewPublicationAwaiter(ctx, reader.ReadCheckpoint, pace)
	var last tessera.IndexFuture
	for at := range count {
		last = appender.Add(ctx, tessera.NewEntry(fmt.Appendf(nil, "entry %d", at)))
	}
	if _, _, err := awaiter.Await(ctx, last); err != nil {
		return err
	}
	if err := shutdown(ctx); err != nil {
		return err
	}
	_, err = fmt.Fprintln(os.Stdout, public)
	return err
}
