// Command interop holds logs and receipts of the archive to what others wrote, and makes some for us to read.
//
//	interop sumdb DIR KEY               golang.org/x/mod: notes, hashes of tiles, proofs of records and trees
//	interop fsck DIR KEY                github.com/transparency-dev/tessera: every bundle and tile
//	interop spicy RECEIPT ENTRY POLICY  filippo.io/torchwood: a receipt of an entry
//	interop write DIR NAME COUNT        a log that tessera makes; prints its key
//	interop receipt DIR KEY INDEX       a receipt out of such a log, as torchwood writes it
//
// Ends with 0 where all is well, with 1 and the reason where not, with 2 where it is not understood.
package main

import (
	"fmt"
	"os"
	"strconv"
	"time"
)

// Some of what is called here waits for ever on a log that is broken.
const limit = time.Minute

func run(args []string) error {
	number := func(at int) uint64 {
		value, err := strconv.ParseUint(args[at], 10, 63)
		if err != nil {
			misused()
		}
		return value
	}
	switch {
	case len(args) == 3 && args[0] == "sumdb":
		return sumdb(args[1], args[2])
	case len(args) == 3 && args[0] == "fsck":
		return check(args[1], args[2])
	case len(args) == 4 && args[0] == "spicy":
		return spicy(args[1], args[2], args[3])
	case len(args) == 4 && args[0] == "write":
		return write(args[1], args[2], number(3))
	case len(args) == 4 && args[0] == "receipt":
		return receipt(args[1], args[2], number(3))
	}
	misused()
	return nil
}

func misused() {
	fmt.Fprintln(os.Stderr, "see the head of main.go")
	os.Exit(2)
}

func main() {
	time.AfterFunc(limit, func() {
		fmt.Fprintf(os.Stderr, "not done within %v\n", limit)
		os.Exit(1)
	})
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
