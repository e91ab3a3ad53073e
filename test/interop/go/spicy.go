package main

import (
	"context"
	"os"

	"filippo.io/torchwood"
	"github.com/transparency-dev/tessera/client"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func spicy(receiptFile, entryFile, policyFile string) error {
	receipt, err := os.ReadFile(receiptFile)
	if err != nil {
		return err
	}
	entry, err := os.ReadFile(entryFile)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(policyFile)
	if err != nil {
		return err
	}
	policy, err := torchwood.ParsePolicy(text)
	if err != nil {
		return err
	}
	return torchwood.VerifyProof(policy, tlog.RecordHash(entry), receipt)
}

// receipt proves an entry with the proofs of tessera, and writes it down as torchwood does.
func receipt(dir, key string, index uint64) error {
	verifier, err := note.NewVerifier(key)
	if err != nil {
		return err
	}
	ctx := context.Background()
	log := client.FileFetcher{Root: dir}
	checkpoint, signed, _, err := client.FetchCheckpoint(ctx, log.ReadCheckpoint, verifier, verifier.Name())
	if err != nil {
		return err
	}
	builder, err := client.NewProofBuilder(ctx, checkpoint.Size, log.ReadTile)
	if err != nil {
		return err
	}
	path, err := builder.InclusionProof(ctx, index)
	if err != nil {
		return err
	}
	var proof tlog.RecordProof
	for _, hash := range path {
		proof = append(proof, tlog.Hash(hash))
	}
	_, err = os.Stdout.Write(torchwood.FormatProofWithExtraData(int64(index), []byte("extra"), proof, signed))
	return err
}
